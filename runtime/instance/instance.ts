/** One sandbox with one revision in it, driven through the states of state.ts. */
import type { SandboxIdentity } from '../api.ts';
import type { Clock } from '../core/clock.ts';
import { newShortId } from '../core/ids.ts';
import type { DeployedFunction, DetachedBody, EndReason, InstanceTrail, LogLine } from '../core/types.ts';
import type { Driver, Sandbox, SandboxExit, SandboxUsage } from '../sandbox/sandbox.ts';
import { Conversation, type Call, type CallResult } from './conversation.ts';
import { bootEnvironment, initMessage, logStreamName } from './environment.ts';
import type { Identities } from './identities.ts';
import { sizeOf } from './size.ts';
import { StartFailed } from './start-failed.ts';
import { Rest } from './rest.ts';
import { IllegalTransition, isEnding, next, type InstanceEvent, type InstanceState } from './state.ts';
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

export interface InstanceOptions {
  deployed: DeployedFunction;
  /** Booted ahead, or on its way; the instance's from here on. */
  prewarmed?: { id: string; sandbox: Sandbox | Promise<Sandbox> } | undefined;
  /** Started for the provisioned minimum; else for calls. */
  isProvisioned: boolean;
  /** Called after each change of state or load, in the same tick. */
  onChange(instance: Instance): void;
  /** Asked when the idle timeout has passed: true keeps the instance. */
  mustStay(instance: Instance): boolean;
}

export class Instance {
  readonly id: string;
  readonly deployed: DeployedFunction;
  readonly startedAt: number;
  readonly prewarmed: boolean;
  /** Calls handed over so far. */
  calls = 0;
  /** Calls it is running now. */
  active = 0;

  readonly #context: InstanceContext;
  readonly #options: InstanceOptions;
  readonly #identity: SandboxIdentity;
  readonly #trail: Trail;
  readonly #gone = Promise.withResolvers<void>();
  #state: InstanceState;
  #creation: Promise<Sandbox> | undefined;
  #sandbox: Sandbox | undefined;
  #conversation: Conversation | undefined;
  #rest: Rest | undefined;

  constructor(context: InstanceContext, options: InstanceOptions) {
    const { deployed, prewarmed } = options;
    this.#context = context;
    this.#options = options;
    this.id = prewarmed?.id ?? newShortId();
    this.prewarmed = prewarmed !== undefined;
    this.deployed = deployed;
    this.startedAt = context.clock.now();
    this.#state = { name: 'starting', since: this.startedAt };
    this.#trail = new Trail(this.startedAt);
    this.#identity = context.identities.issue(deployed.settings.name, this.id);
  }

  get state(): InstanceState {
    return this.#state;
  }

  get peakKb(): number | null {
    return this.#conversation?.peakKb ?? null;
  }

  /** Resolves when the sandbox is gone; never rejects. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Whether another call fits in now. */
  get hasRoom(): boolean {
    const { name } = this.#state;
    if (name === 'idle' || name === 'frozen') return true;
    return name === 'busy' && this.active < this.deployed.settings.concurrencyPerInstance;
  }

  /** From nothing to idle. Rejects with StartFailed, and then the instance is stopping. */
  async start(): Promise<void> {
    try {
      const { prewarmed } = this.#options;
      const sandbox = await (prewarmed ? this.#adopt(prewarmed.sandbox) : this.#provision());
      const conversation = this.#listen(sandbox);
      const taskRoot = await this.#boot(sandbox, conversation);
      this.#goOn({ type: 'booted' });
      await this.#initialize(conversation, taskRoot);
      this.#goOn({ type: 'initialized' });
    } catch (error) {
      const failure = error instanceof StartFailed ? error : StartFailed.byDriver(error);
      void this.stop(failure.outcome === 'oom' ? 'oom' : 'init-error');
      throw failure;
    }
  }

  async #adopt(booted: Sandbox | Promise<Sandbox>): Promise<Sandbox> {
    this.#creation = Promise.resolve(booted);
    this.#sandbox = await this.#creation;
    return this.#sandbox;
  }

  async #provision(): Promise<Sandbox> {
    const { settings, debugPort } = this.deployed;
    this.#creation = this.#context.driver.create({
      id: this.id,
      ...sizeOf(settings),
      bootEnv: bootEnvironment(settings),
      functionName: settings.name,
      ...(debugPort !== undefined && { inspectPort: debugPort }),
    });
    const sandbox = await this.#creation;
    this.#sandbox = sandbox;
    this.#goOn({ type: 'provisioned' });
    return sandbox;
  }

  #listen(sandbox: Sandbox): Conversation {
    const context = this.#context;
    const { clock } = context;
    const origin = { function: this.deployed.settings.name, instance: this.id };
    const conversation = new Conversation(sandbox, clock, (output) =>
      context.onLog({ at: clock.now(), ...origin, ...output }),
    );
    void conversation.ended.then((exit) => this.#ended(exit));
    this.#conversation = conversation;
    this.#rest = new Rest(clock, sandbox, this.deployed.settings, {
      froze: () => this.#apply({ type: 'froze' }),
      expired: () => this.#expired(),
    });
    return conversation;
  }

  /** Readies the language runtime and puts the revision in place at the same time. */
  async #boot(sandbox: Sandbox, conversation: Conversation): Promise<string> {
    const exited = conversation.ended.then((exit) => Promise.reject(StartFailed.byExit(exit)));
    const placed = Promise.all([sandbox.place(this.deployed.revision), sandbox.ready]);
    // Whoever loses the race may still reject, with nobody listening.
    placed.catch(() => {});
    exited.catch(() => {});
    const [taskRoot] = await Promise.race([placed, exited]);
    return taskRoot;
  }

  async #initialize(conversation: Conversation, taskRoot: string): Promise<void> {
    const { settings, revision } = this.deployed;
    const { region } = this.#context;
    const message = initMessage(taskRoot, revision, {
      settings,
      identity: this.#identity,
      region,
      initializationType: this.#options.isProvisioned ? 'provisioned-concurrency' : 'on-demand',
      awsEndpoint: this.#context.awsEndpoint(),
      logStreamName: logStreamName(this.startedAt, this.id),
    });
    await conversation.initialize(message, settings.initTimeoutMs);
  }

  /** The next step of coming up, unless someone stopped the instance meanwhile. */
  #goOn(event: InstanceEvent): void {
    if (isEnding(this.#state)) throw StartFailed.byStop(this.#state.reason);
    this.#apply(event);
  }

  /**
   * Takes one call in, in this very tick; every lease ends in one `release` or `stop`.
   * A promise when the sandbox has to thaw first; it never rejects.
   */
  lease(requestId: string): Promise<void> | undefined {
    if (!this.hasRoom) throw new IllegalTransition(`a lease needs room, the instance is ${this.#state.name}`);
    this.active += 1;
    this.calls += 1;
    this.#identity.currentRequestId = requestId;
    if (this.active > 1) return undefined;
    const thawing = this.#rest?.end();
    this.#apply({ type: 'leased' });
    // What cannot be thawed is of no use: ending it settles the call.
    return thawing?.catch(() => void this.stop('exit'));
  }

  release(): void {
    if (this.active === 0) throw new IllegalTransition('a lease is released once');
    this.active -= 1;
    if (this.active === 0) this.#identity.currentRequestId = null;
    if (isEnding(this.#state)) return;
    if (this.active === 0) this.#apply({ type: 'released' });
    else this.#options.onChange(this);
  }

  /** Runs one event in a leased instance. Never rejects: how the sandbox ended is a result too. */
  call(call: Call, payload: Uint8Array, body?: DetachedBody): Promise<CallResult> {
    if (!this.#conversation) throw new Error('a call needs an instance that has started');
    return this.#conversation.call(call, payload, body);
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

  /** The sandbox is no more, by itself or by us. */
  #ended(exit: SandboxExit): void {
    const cause = exit.oom ? 'oom' : exit.outside ? 'removed' : 'exit';
    this.#conversation?.cutOff(exit, isEnding(this.#state) ? this.#state.reason : cause);
    // While it comes up, start() hears of the exit as well and tells why it failed.
    if (this.#state.name !== 'booting' && this.#state.name !== 'initializing') void this.stop(cause);
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

  #apply(event: InstanceEvent): void {
    const before = this.#state;
    this.#state = next(before, event, this.#context.clock.now());
    if (this.#state === before) return;
    this.#trail.add(this.#state.name, this.#state.since);
    if (this.#state.name === 'idle') this.#rest?.begin();
    if (this.#state.name === 'stopping') void this.#rest?.end()?.catch(() => {});
    if (this.#state.name === 'stopped') this.#gone.resolve();
    this.#options.onChange(this);
  }

  #expired(): void {
    if (!this.#options.mustStay(this)) void this.stop('idle');
  }
}
