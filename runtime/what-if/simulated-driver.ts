/** A driver whose sandboxes are nothing but waiting times on a virtual clock. */
import type { Clock } from '../core/clock.ts';
import type { Revision } from '../core/types.ts';
import type { Channel } from '../sandbox/channel/channel.ts';
import type { HostMessage } from '../sandbox/channel/messages.ts';
import type { Driver, Sandbox, SandboxExit, SandboxSpec, SandboxUsage } from '../sandbox/sandbox.ts';
import type { MachineProfile, StartSample, StartTimes } from './profile.ts';

export interface SimulatedDriverOptions {
  clock: Clock;
  profile: MachineProfile;
  starts: StartTimes;
  /** Something goes on in promises, few or many of them: the clock must not move before they have settled. */
  onActivity(this: void, activity: 'short' | 'long'): void;
  /** A sandbox of so many MB is gone after so long. */
  onGone(this: void, memoryMb: number, livedMs: number): void;
}

export interface SimulatedDriver extends Driver {
  /** Sandboxes that exist now, and the most that ever did. */
  readonly alive: number;
  readonly peak: number;
}

export function createSimulatedDriver(options: SimulatedDriverOptions): SimulatedDriver {
  const alive = new Set<SimulatedSandbox>();
  let peak = 0;
  return {
    name: 'simulated',
    isolates: false,
    hostAddress: '',
    listenAddress: undefined,
    get alive() {
      return alive.size;
    },
    get peak() {
      return peak;
    },
    async start() {},
    async create(spec) {
      const sandbox = new SimulatedSandbox(spec, options, () => alive.delete(sandbox));
      alive.add(sandbox);
      peak = Math.max(peak, alive.size);
      await sandbox.provisioned;
      return sandbox;
    },
    async close() {
      for (const sandbox of alive) sandbox.end();
    },
  };
}

class SimulatedSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Channel;
  readonly provisioned: Promise<void>;
  readonly ready: Promise<void>;
  readonly exited: Promise<SandboxExit>;
  onRawLine: Sandbox['onRawLine'];

  readonly #spec: SandboxSpec;
  readonly #options: SimulatedDriverOptions;
  readonly #createdAt: number;
  readonly #exit = Promise.withResolvers<SandboxExit>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #forget: () => void;
  /** Known at once for a sandbox made for a function; for one booted ahead, when it gets its revision. */
  #start: StartSample;
  #bootedAhead: boolean;
  #killed: Promise<void> | undefined;

  constructor(spec: SandboxSpec, options: SimulatedDriverOptions, forget: () => void) {
    this.id = spec.id;
    this.#spec = spec;
    this.#options = options;
    this.#forget = forget;
    this.#createdAt = options.clock.now();
    this.#bootedAhead = spec.functionName === '';
    this.#start = options.starts.fresh(spec.functionName, this.#createdAt);
    this.provisioned = this.#after(this.#start.provisionMs);
    this.ready = this.provisioned.then(() => this.#after(this.#start.bootMs));
    this.exited = this.#exit.promise;
    this.channel = {
      send: (message) => this.#receive(message),
      onMessage: undefined,
      closed: this.#closed.promise,
      close: () => this.#closed.resolve(),
    };
  }

  async place({ functionName }: Revision): Promise<string> {
    if (this.#bootedAhead) {
      this.#start = this.#options.starts.prewarmed(functionName, this.#options.clock.now());
      await this.#after(this.#start.provisionMs);
    }
    return '';
  }

  async freeze(): Promise<void> {
    this.#options.onActivity('short');
  }

  thaw(): Promise<void> {
    return this.#after(this.#options.profile.thawMs, 'short');
  }

  async usage(): Promise<SandboxUsage> {
    return { peakMemoryMb: null, cpuMs: null, tmpMb: null };
  }

  kill(): Promise<void> {
    this.#killed ??= this.#after(this.#options.profile.killMs).then(() => this.end());
    return this.#killed;
  }

  /** Now. */
  end(): void {
    const { clock, onGone, onActivity } = this.#options;
    this.#forget();
    onActivity('long');
    onGone(this.#spec.memoryMb, clock.now() - this.#createdAt);
    this.#closed.resolve();
    this.#exit.resolve({ code: null, signal: 'SIGKILL', oom: false, outside: false, at: clock.now() });
  }

  #receive(message: HostMessage): void {
    if (message.type !== 'init') return;
    void this.#after(this.#start.initMs).then(() =>
      this.channel.onMessage?.({ type: 'initialized' }, Buffer.alloc(0)),
    );
  }

  #after(ms: number, activity: 'short' | 'long' = 'long'): Promise<void> {
    const { clock, onActivity } = this.#options;
    onActivity(activity);
    return new Promise((resolve) => {
      clock.after(ms, () => {
        onActivity(activity);
        resolve();
      });
    });
  }
}
