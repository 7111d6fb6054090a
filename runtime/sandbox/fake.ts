/** A driver without an operating system: for tests of what uses sandboxes, at any speed and with any failure. */
import { systemClock, type Clock } from '../core/clock.ts';
import { FaasError } from '../core/errors.ts';
import type { Revision } from '../core/types.ts';
import type { Channel } from './channel/channel.ts';
import type { HostMessage, SandboxMessage, WireError } from './channel/messages.ts';
import type { Driver, RawLine, Sandbox, SandboxExit, SandboxSpec, SandboxUsage } from './sandbox.ts';

type Init = Extract<HostMessage, { type: 'init' }>;
type Invoke = Extract<HostMessage, { type: 'invoke' }>;

export type FakeStep = 'create' | 'ready' | 'place' | 'freeze' | 'thaw' | 'kill';

/** Milliseconds on the script's clock, or `manual`: until `FakeSandbox.release`. */
export type FakeDelay = number | 'manual';

export interface FakeScript {
  clock?: Clock;
  /** Steps that are not named are done at once. */
  delays?: Partial<Record<FakeStep, FakeDelay>>;
  /** Returns what the step fails with, or undefined: it works. */
  fails?: (step: FakeStep, sandbox: FakeSandbox) => Error | undefined;
  /** Answers an init message; default: `initialized`. */
  init?: (sandbox: FakeSandbox, message: Init) => void;
  /** Answers an invocation; default: with the event itself. */
  invoke?: (sandbox: FakeSandbox, message: Invoke, payload: Uint8Array) => void;
  usage?: SandboxUsage;
}

export interface FakeDriver extends Driver {
  /** Every sandbox ever asked for, in order; also those whose `create` is under way or failed. */
  readonly sandboxes: FakeSandbox[];
  /** Those that have not exited. */
  readonly alive: FakeSandbox[];
  /** The most that were alive at once. */
  readonly peak: number;
}

export function createFakeDriver(script: FakeScript = {}): FakeDriver {
  const sandboxes: FakeSandbox[] = [];
  let peak = 0;
  let closed = false;
  const alive = (): FakeSandbox[] => sandboxes.filter((sandbox) => sandbox.ended === undefined);
  return {
    name: 'fake',
    isolates: false,
    hostAddress: '127.0.0.1',
    listenAddress: undefined,
    sandboxes,
    get alive() {
      return alive();
    },
    get peak() {
      return peak;
    },
    async start() {},
    async create(spec) {
      if (closed) throw new FaasError('ShuttingDown', 'the driver is closed');
      const sandbox = new FakeSandbox(spec, script);
      sandboxes.push(sandbox);
      peak = Math.max(peak, alive().length);
      await sandbox.created();
      return sandbox;
    },
    async close() {
      closed = true;
      await Promise.all(sandboxes.map((sandbox) => sandbox.kill()));
    },
  };
}

export class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly spec: SandboxSpec;
  readonly ready: Promise<void>;
  readonly exited: Promise<SandboxExit>;
  readonly channel: Channel;
  onRawLine: ((line: RawLine) => void) | undefined;
  /** What the host sent, in order. */
  readonly sent: { message: HostMessage; payload: Uint8Array }[] = [];
  revision: Revision | undefined;
  isFrozen = false;
  /** How it ended, once it has. */
  ended: SandboxExit | undefined;

  readonly #script: FakeScript;
  readonly #clock: Clock;
  readonly #exited = Promise.withResolvers<SandboxExit>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #gates = new Map<FakeStep, PromiseWithResolvers<void>>();
  #held: (() => void)[] = [];
  #killed: Promise<void> | undefined;
  #created: Promise<void>;

  constructor(spec: SandboxSpec, script: FakeScript) {
    this.id = spec.id;
    this.spec = spec;
    this.#script = script;
    this.#clock = script.clock ?? systemClock;
    this.exited = this.#exited.promise;
    this.channel = {
      send: (message, payload = new Uint8Array()) => this.#receive(message, payload),
      onMessage: undefined,
      closed: this.#closed.promise,
      close: () => this.#closed.resolve(),
    };
    this.#created = this.#step('create');
    this.ready = this.#created.then(() => this.#step('ready'));
    this.ready.catch(() => undefined);
  }

  /** Resolves when `create` may return. */
  async created(): Promise<void> {
    try {
      await this.#created;
    } catch (error) {
      this.exit({ code: 1 });
      throw error;
    }
  }

  async place(revision: Revision): Promise<string> {
    await this.#step('place');
    if (this.revision) throw new FaasError('Internal', 'a sandbox takes one revision, once');
    this.revision = revision;
    return '/var/task';
  }

  async freeze(): Promise<void> {
    await this.#step('freeze');
    this.isFrozen = true;
  }

  async thaw(): Promise<void> {
    await this.#step('thaw');
    this.isFrozen = false;
    for (const act of this.#held.splice(0)) act();
  }

  async usage(): Promise<SandboxUsage> {
    return this.#script.usage ?? { peakMemoryMb: null, cpuMs: null, tmpMb: null };
  }

  kill(): Promise<void> {
    this.#killed ??= this.#kill();
    return this.#killed;
  }

  async #kill(): Promise<void> {
    if (!this.ended) await this.#step('kill').catch(() => undefined);
    this.exit({ code: null, signal: 'SIGKILL' });
  }

  /** Ends it now, as if the process inside had; `{}` is exit code 0. */
  exit(exit: Partial<SandboxExit> = {}): void {
    if (this.ended) return;
    this.ended = { code: 0, signal: null, oom: false, outside: false, at: this.#clock.now(), ...exit };
    this.#closed.resolve();
    this.#exited.resolve(this.ended);
  }

  /** Says something to the host, as the bootstrap would. */
  say(message: SandboxMessage, payload: Uint8Array = new Uint8Array()): void {
    if (!this.ended) this.channel.onMessage?.(message, Buffer.from(payload));
  }

  /** Answers an invocation with a value. */
  answer(requestId: string, value: unknown): void {
    const usage = { cpuUs: 0, peakKb: null };
    this.say({ type: 'result', requestId, usage }, Buffer.from(JSON.stringify(value)));
  }

  /** Fails an invocation; `fatal` as when the process is about to exit. */
  fail(requestId: string, error: WireError, fatal = false): void {
    this.say({ type: 'failed', requestId, error, usage: { cpuUs: 0, peakKb: null }, fatal });
  }

  /** Lets a step go on whose delay is `manual`, also one that has not begun. */
  release(step: FakeStep): void {
    this.#gate(step).resolve();
  }

  async #step(step: FakeStep): Promise<void> {
    if (this.ended) throw new FaasError('SandboxExited', `the sandbox had ended before ${step}`);
    await Promise.race([
      this.#delay(step),
      this.exited.then(() => {
        throw new FaasError('SandboxExited', `the sandbox ended during ${step}`);
      }),
    ]);
    this.#gates.delete(step);
    const failure = this.#script.fails?.(step, this);
    if (failure) throw failure;
  }

  #delay(step: FakeStep): Promise<void> | undefined {
    const delay = this.#script.delays?.[step] ?? 0;
    if (delay === 0) return undefined;
    if (delay !== 'manual') this.#clock.after(delay, () => this.release(step));
    return this.#gate(step).promise;
  }

  #gate(step: FakeStep): PromiseWithResolvers<void> {
    let gate = this.#gates.get(step);
    if (!gate) this.#gates.set(step, (gate = Promise.withResolvers<void>()));
    return gate;
  }

  #receive(message: HostMessage, payload: Uint8Array): void {
    if (this.ended) return;
    this.sent.push({ message, payload });
    const act = (): void => this.#act(message, payload);
    if (this.isFrozen) this.#held.push(act);
    else queueMicrotask(act);
  }

  #act(message: HostMessage, payload: Uint8Array): void {
    if (this.ended) return;
    const { init, invoke } = this.#script;
    if (message.type === 'rehearse') return;
    if (message.type === 'init') {
      if (init) init(this, message);
      else this.say({ type: 'initialized' });
    } else if (invoke) invoke(this, message, payload);
    else
      this.say({ type: 'result', requestId: message.requestId, usage: { cpuUs: 0, peakKb: null } }, payload);
  }
}
