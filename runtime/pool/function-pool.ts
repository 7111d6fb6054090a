/** The instances of one function: lease a warm one, start more within the limit, wait in line, or throttle. */
import { FaasError } from '../core/errors.ts';
import type { ColdReason, DeployedFunction, EndReason, Start } from '../core/types.ts';
import { Instance, type InstanceContext } from '../instance/instance.ts';
import type { StartFailed } from '../instance/start-failed.ts';
import { isEnding } from '../instance/state.ts';
import type { StartPhases } from '../instance/trail.ts';
import { admitWaiter, coldReason, mostRecentlyUsed, startsNeeded, type PoolView } from './select.ts';
import { Waiters } from './waiters.ts';

/** The right to run one invocation on an instance. */
export interface Lease {
  instance: Instance;
  start: Start;
  coldReason: ColdReason | null;
  /** What coming up took; null when the instance has served before. */
  startPhases: StartPhases | null;
  /** Gives the instance back. Exactly once. */
  release(): void;
  /** Ends the instance instead; resolves when it is gone. */
  discard(reason: EndReason): Promise<void>;
}

/** What a failed start leaves for the record of the invocation that waited for it. */
export interface FailedStart {
  failure: StartFailed;
  instance: Instance;
  coldReason: ColdReason;
}

export class FunctionPool {
  readonly #context: InstanceContext;
  readonly #onEnded: (instance: Instance) => void;
  readonly #instances = new Set<Instance>();
  readonly #reasons = new WeakMap<Instance, ColdReason>();
  readonly #line = new Waiters<string, Lease>();
  #deployed: DeployedFunction;
  #lastEnd: EndReason | null = null;
  #closed = false;

  constructor(context: InstanceContext, deployed: DeployedFunction, onEnded: (instance: Instance) => void) {
    this.#context = context;
    this.#deployed = deployed;
    this.#onEnded = onEnded;
  }

  get instances(): ReadonlySet<Instance> {
    return this.#instances;
  }

  /**
   * An instance for this invocation: at once when one is warm, else when it comes.
   * Rejects with Throttled, Cancelled, ShuttingDown, or the FailedStart of the sandbox it waited for.
   */
  reserve(requestId: string, signal?: AbortSignal): Lease | Promise<Lease> {
    const warm = mostRecentlyUsed(this.#idle())?.instance;
    if (warm) return this.#lease(warm, requestId, false);
    if (this.#closed) throw shuttingDown();
    if (admitWaiter(this.#view()) === 'throttle') throw this.#throttled();
    const lease = this.#line.join(requestId, signal);
    this.#startWhatIsNeeded();
    return lease;
  }

  /** New settings or code: idle instances of the old revision end now, busy ones after their call. */
  replace(deployed: DeployedFunction): void {
    this.#deployed = deployed;
    for (const instance of this.#instances) {
      if (instance.state.name !== 'busy') void instance.stop('revision');
    }
    this.#startWhatIsNeeded();
  }

  /** Takes no more invocations and lets running ones finish; resolves when all sandboxes are gone. */
  async retire(): Promise<void> {
    this.#closed = true;
    while (this.#line.fail(shuttingDown()));
    const ends = [...this.#instances].map((instance) =>
      instance.state.name === 'busy' ? instance.gone : instance.stop('shutdown'),
    );
    await Promise.all(ends);
  }

  /** Fails who waits, ends every instance, resolves when all sandboxes are gone. */
  async close(reason: EndReason): Promise<void> {
    this.#closed = true;
    while (this.#line.fail(shuttingDown()));
    await Promise.all([...this.#instances].map((instance) => instance.stop(reason)));
  }

  #lease(instance: Instance, requestId: string, awaited: boolean): Lease {
    const startPhases = instance.calls === 0 ? instance.phases() : null;
    instance.lease(requestId);
    return {
      instance,
      start: awaited ? 'cold' : 'warm',
      coldReason: awaited ? (this.#reasons.get(instance) ?? null) : null,
      startPhases,
      release: () => instance.release(),
      discard: (reason) => instance.stop(reason),
    };
  }

  #startWhatIsNeeded(): void {
    for (let missing = this.#closed ? 0 : startsNeeded(this.#view()); missing > 0; missing--)
      this.#startOne();
  }

  #startOne(): void {
    const othersLive = [...this.#instances].some((instance) => !isEnding(instance.state));
    const reason = coldReason({ othersLive, lastEnd: this.#lastEnd });
    const instance = new Instance(this.#context, this.#deployed, (changed) => this.#changed(changed));
    this.#instances.add(instance);
    this.#reasons.set(instance, reason);
    instance.start().catch((failure: StartFailed) => {
      // A start that we stopped ourselves is nobody's failure: what waits for it gets another.
      const stopped = isEnding(instance.state) && ['revision', 'shutdown'].includes(instance.state.reason);
      if (!stopped) this.#line.fail({ failure, instance, coldReason: reason } satisfies FailedStart);
    });
  }

  #changed(instance: Instance): void {
    const { state } = instance;
    if (state.name === 'idle') this.#offer(instance);
    if (state.name !== 'stopped') return;
    this.#instances.delete(instance);
    this.#lastEnd = state.reason;
    this.#onEnded(instance);
    this.#startWhatIsNeeded();
  }

  #offer(instance: Instance): void {
    if (this.#closed) void instance.stop('shutdown');
    else if (instance.deployed !== this.#deployed) void instance.stop('revision');
    else this.#line.serve((requestId) => this.#lease(instance, requestId, instance.calls === 0));
  }

  *#idle(): Iterable<{ instance: Instance; idleSince: number }> {
    for (const instance of this.#instances) {
      if (instance.state.name === 'idle') yield { instance, idleSince: instance.state.since };
    }
  }

  #view(): PoolView {
    let starting = 0;
    for (const { state, deployed } of this.#instances) {
      const comingUp = state.name === 'starting' || state.name === 'booting' || state.name === 'initializing';
      if (comingUp && deployed === this.#deployed) starting += 1;
    }
    const { concurrency, queueLimit } = this.#deployed.settings;
    return { total: this.#instances.size, starting, waiting: this.#line.size, concurrency, queueLimit };
  }

  #throttled(): FaasError {
    const { name, concurrency, queueLimit } = this.#deployed.settings;
    return new FaasError('Throttled', `no room for another call of ${name}`, {
      expected: `at most ${concurrency} sandboxes and ${queueLimit} waiting calls`,
      got: `${this.#instances.size} sandboxes, ${this.#line.size} waiting`,
      remedy: 'call again later, or raise concurrency or queueLimit',
    });
  }
}

const shuttingDown = (): FaasError =>
  new FaasError('ShuttingDown', 'the runtime is stopping', { remedy: 'start it again: faas start' });
