/** One sandbox with one revision in it, driven through the states of state.ts. */
import type { SandboxIdentity } from '../api.ts';
import type { Clock } from '../core/clock.ts';
import { newShortId } from '../core/ids.ts';
import type { DeployedFunction, EndReason, InstanceTrail, LogLine, Revision } from '../core/types.ts';
import type { CallUsage, SandboxMessage, WireError } from '../sandbox/channel/messages.ts';
import type { Driver, Sandbox, SandboxExit, SandboxUsage } from '../sandbox/sandbox.ts';
import { bootEnvironment, initMessage, logStreamName } from './environment.ts';
import type { Identities } from './identities.ts';
import { StartFailed } from './start-failed.ts';
import { isEnding, next, type InstanceEvent, type InstanceState } from './state.ts';
import { Trail, type StartPhases } from './trail.ts';

export interface InstanceContext {
  driver: Driver;
  clock: Clock;
  identities: Identities;
  region: string;
  /** AWS_ENDPOINT_URL as seen from inside; undefined when nothing listens. */
  awsEndpoint(): string | undefined;
  onLog(line: LogLine): void;
}

/** How one call ended, as far as the sandbox can tell. */
export type CallResult =
  | { kind: 'result'; payload: Buffer; usage: CallUsage }
  | { kind: 'failed'; error: WireError; usage: CallUsage; fatal: boolean }
  | { kind: 'exited'; exit: SandboxExit; endReason: EndReason };

/** After an exit the channel may still hold what the function said last; waiting for it has to end, though. */
const LAST_WORDS_MS = 250;

export class Instance {
  readonly id = newShortId();
  readonly deployed: DeployedFunction;
  readonly startedAt: number;
  /** Calls handed over so far. */
  calls = 0;
  peakKb: number | null = null;

  readonly #context: InstanceContext;
  readonly #identity: SandboxIdentity;
  readonly #logStream: string;
  readonly #gone = Promise.withResolvers<void>();
  readonly #onChange: (instance: Instance) => void;
  readonly #pending = new Map<string, (result: CallResult) => void>();
  #state: InstanceState;
  readonly #trail: Trail;
  #creation: Promise<Sandbox> | undefined;
  #sandbox: Sandbox | undefined;
  #initReply: PromiseWithResolvers<void> | undefined;
  #cancelIdleTimer: (() => void) | undefined;
  #lastRequestId: string | null = null;

  /** `onChange` is called after each change of state, in the same tick. */
  constructor(context: InstanceContext, deployed: DeployedFunction, onChange: (instance: Instance) => void) {
    this.#context = context;
    this.#onChange = onChange;
    this.deployed = deployed;
    this.startedAt = context.clock.now();
    this.#state = { name: 'starting', since: this.startedAt };
    this.#trail = new Trail(this.startedAt);
    this.#identity = context.identities.issue(deployed.settings.name, this.id);
    this.#logStream = logStreamName(this.startedAt, this.id);
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** Resolves when the sandbox is gone; never rejects. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** From nothing to idle. Rejects with StartFailed, and then the instance is stopping. */
  async start(): Promise<void> {
    try {
      const sandbox = await this.#provision();
      await this.#boot(sandbox, this.deployed.revision);
      this.#goOn({ type: 'initialized' });
    } catch (error) {
      const failure = error instanceof StartFailed ? error : StartFailed.byDriver(error);
      void this.stop(failure.outcome === 'oom' ? 'oom' : 'init-error');
      throw failure;
    }
  }

  /** The next step of coming up, unless someone stopped the instance meanwhile. */
  #goOn(event: InstanceEvent): void {
    if (isEnding(this.#state)) throw StartFailed.byStop(this.#state.reason);
    this.#apply(event);
  }

  async #provision(): Promise<Sandbox> {
    const { settings } = this.deployed;
    this.#creation = this.#context.driver.create({
      id: this.id,
      memoryMb: settings.memoryMb,
      tmpMb: settings.tmpMb,
      bootEnv: bootEnvironment(settings),
      functionName: settings.name,
    });
    const sandbox = await this.#creation;
    this.#sandbox = sandbox;
    sandbox.onRawLine = ({ stream, line }) => this.#log(stream, null, this.#lastRequestId, line);
    sandbox.channel.onMessage = (message, payload) => this.#receive(message, payload);
    void sandbox.exited.then((exit) => this.#exited(sandbox, exit));
    this.#goOn({ type: 'provisioned' });
    return sandbox;
  }

  /** Readies the language runtime and puts the revision in place at the same time, then initialises. */
  async #boot(sandbox: Sandbox, revision: Revision): Promise<void> {
    const exit = sandbox.exited.then((exit) => {
      throw StartFailed.byExit(exit);
    });
    exit.catch(() => {});
    const [taskRoot] = await Promise.race([Promise.all([sandbox.place(revision), sandbox.ready]), exit]);
    this.#goOn({ type: 'booted' });
    await this.#initialize(sandbox, taskRoot, revision, exit);
  }

  async #initialize(
    sandbox: Sandbox,
    taskRoot: string,
    revision: Revision,
    exit: Promise<never>,
  ): Promise<void> {
    const { settings } = this.deployed;
    const reply = (this.#initReply = Promise.withResolvers<void>());
    reply.promise.catch(() => {});
    const cancel = this.#context.clock.after(settings.initTimeoutMs, () =>
      reply.reject(StartFailed.byTimeout(settings.initTimeoutMs)),
    );
    sandbox.channel.send(
      initMessage(taskRoot, revision, {
        settings,
        identity: this.#identity,
        region: this.#context.region,
        awsEndpoint: this.#context.awsEndpoint(),
        logStreamName: this.#logStream,
      }),
    );
    try {
      await Promise.race([
        reply.promise,
        exit.catch((failure: unknown) => this.#afterLastWords(sandbox, reply, failure)),
      ]);
    } finally {
      cancel();
      this.#initReply = undefined;
    }
  }

  /** The process may have said why before it exited: that reason wins. */
  async #afterLastWords(
    sandbox: Sandbox,
    reply: PromiseWithResolvers<void>,
    failure: unknown,
  ): Promise<void> {
    await this.#lastWords(sandbox);
    reply.reject(failure);
    await reply.promise;
  }

  /** Idle to busy, in this very tick. Every lease ends in one `release` or `stop`. */
  lease(requestId: string): void {
    this.#apply({ type: 'leased' });
    this.calls += 1;
    this.#lastRequestId = requestId;
    this.#identity.currentRequestId = requestId;
  }

  release(): void {
    this.#identity.currentRequestId = null;
    if (!isEnding(this.#state)) this.#apply({ type: 'released' });
  }

  /** Hands one event over; resolves with the first thing that ends it. Never rejects. */
  call(
    invocation: { requestId: string; deadlineMs: number; clientContext?: string },
    payload: Uint8Array,
  ): Promise<CallResult> {
    const { promise, resolve } = Promise.withResolvers<CallResult>();
    this.#pending.set(invocation.requestId, resolve);
    this.#sandbox?.channel.send({ type: 'invoke', ...invocation }, payload);
    return promise;
  }

  async usage(): Promise<SandboxUsage | undefined> {
    return this.#sandbox?.usage().catch(() => undefined);
  }

  /** Kills the sandbox; resolves when it is gone. The first reason stands. */
  stop(reason: EndReason): Promise<void> {
    if (!isEnding(this.#state)) {
      this.#apply({ type: 'stop', reason });
      this.#context.identities.revoke(this.#identity);
      void this.#remove().then(() => this.#apply({ type: 'gone', reason }));
    }
    return this.gone;
  }

  /** A sandbox that is still being created is killed when it arrives. */
  async #remove(): Promise<void> {
    const sandbox = this.#sandbox ?? (await this.#creation?.catch(() => undefined));
    await sandbox?.kill();
  }

  /** What coming up took, from the state stamps. */
  phases(): StartPhases {
    return this.#trail.phases();
  }

  trail(): InstanceTrail {
    const { settings, revision } = this.deployed;
    return {
      id: this.id,
      function: settings.name,
      revision: revision.id,
      driver: this.#context.driver.name,
      memoryMb: settings.memoryMb,
      states: this.#trail.stamps,
      endReason: isEnding(this.#state) ? this.#state.reason : null,
      calls: this.calls,
      peakMemoryMb: this.peakKb === null ? null : Math.ceil(this.peakKb / 1024),
    };
  }

  #receive(message: SandboxMessage, payload: Buffer): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'initialized':
        return this.#initReply?.resolve();
      case 'init-failed':
        return this.#initReply?.reject(new StartFailed('init-error', message.error));
      case 'result':
        this.#notePeak(message.usage);
        return this.#settle(message.requestId, { kind: 'result', payload, usage: message.usage });
      case 'failed': {
        const { error, usage, fatal } = message;
        this.#notePeak(usage);
        return this.#settle(message.requestId, { kind: 'failed', error, usage, fatal });
      }
      case 'log':
        return this.#log(message.stream, message.level, message.requestId, payload.toString('utf8'));
    }
  }

  #notePeak({ peakKb }: CallUsage): void {
    if (peakKb !== null) this.peakKb = Math.max(this.peakKb ?? 0, peakKb);
  }

  #settle(requestId: string, result: CallResult): void {
    this.#pending.get(requestId)?.(result);
    this.#pending.delete(requestId);
  }

  async #exited(sandbox: Sandbox, exit: SandboxExit): Promise<void> {
    await this.#lastWords(sandbox);
    const cause = exit.oom ? 'oom' : exit.outside ? 'removed' : 'exit';
    const endReason = isEnding(this.#state) ? this.#state.reason : cause;
    for (const requestId of this.#pending.keys())
      this.#settle(requestId, { kind: 'exited', exit, endReason });
    // While initialising, start() tells the story and stops the instance itself.
    if (this.#initReply === undefined) void this.stop(cause);
  }

  async #lastWords(sandbox: Sandbox): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#context.clock.after(LAST_WORDS_MS, resolve);
    await Promise.race([sandbox.channel.closed, promise]);
    cancel();
  }

  #apply(event: InstanceEvent): void {
    const before = this.#state;
    this.#state = next(before, event, this.#context.clock.now());
    if (this.#state === before) return;
    this.#trail.add(this.#state.name, this.#state.since);
    this.#cancelIdleTimer?.();
    this.#cancelIdleTimer =
      this.#state.name === 'idle' || this.#state.name === 'frozen'
        ? this.#idleTimer(this.#state.since)
        : undefined;
    if (this.#state.name === 'stopped') this.#gone.resolve();
    this.#onChange(this);
  }

  #idleTimer(since: number): () => void {
    const { clock } = this.#context;
    const left = this.deployed.settings.idleTimeoutMs - (clock.now() - since);
    return clock.after(left, () => void this.stop('idle'));
  }

  #log(stream: LogLine['stream'], level: string | null, requestId: string | null, line: string): void {
    this.#context.onLog({
      at: this.#context.clock.now(),
      function: this.deployed.settings.name,
      instance: this.id,
      requestId,
      stream,
      level,
      line,
    });
  }
}
