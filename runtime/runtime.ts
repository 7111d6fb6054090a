/** The composition root: builds the parts and joins them. No decisions live here. */
import { EventEmitter } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type {
  CloseOptions,
  DeployRequest,
  DeployResult,
  InstanceSnapshot,
  Runtime,
  RuntimeEvents,
  SandboxIdentity,
} from './api.ts';
import type { FaasConfig } from './config/schema.ts';
import type { LoadedConfig } from './config/load.ts';
import { systemClock, type Clock } from './core/clock.ts';
import { toFaasError, type FaasError } from './core/errors.ts';
import { newRequestId, newShortId } from './core/ids.ts';
import { createLogger, type Logger } from './core/log.ts';
import type {
  DeployedFunction,
  InvocationRecord,
  InvokeRequest,
  InvokeResult,
  LogLine,
} from './core/types.ts';
import { createDeployer, type Deployer } from './deploy/index.ts';
import { deployLive, deploySettings, deployTarget, type DeployArguments } from './deployment.ts';
import type { DevReport, DevSession } from './dev.ts';
import { forDebugger, type DebugTarget } from './instance/debugger.ts';
import { Identities } from './instance/identities.ts';
import { snapshot } from './instance/snapshot.ts';
import { createDelivery, type Delivery } from './invocation/async/delivery.ts';
import { InFlight } from './invocation/in-flight.ts';
import { invoke } from './invocation/invoke.ts';
import { reportLogLine } from './invocation/report-log.ts';
import { Running } from './invocation/running.ts';
import { openDriver, type OpenedDriver } from './open-driver.ts';
import { Pools, sandboxesAhead } from './pool/pools.ts';
import { functionNotFound, shuttingDown } from './pool/refusals.ts';
import { recordEvents } from './replay/record-events.ts';
import type { Driver } from './sandbox/sandbox.ts';
import { lockDataDir } from './store/lock.ts';
import { openStore } from './store/open.ts';
import type { QueuedEvent, Store } from './store/store.ts';

export interface RuntimeOptions {
  loaded: LoadedConfig;
  /** Reads the configuration anew for a deploy; default: what was loaded at first. */
  reload?: (configFile: string | undefined) => Promise<LoadedConfig>;
  /** Functions will be built again and again: `watch` is going to be called. */
  incremental?: boolean;
  /** A function that a debugger is to be attached to. */
  debug?: DebugTarget;
  /** Instead of the configured one; for tests. */
  driver?: Driver;
  clock?: Clock;
  log?: Logger;
  /** What takes longer than a second says how far it is. */
  onProgress?: (message: string) => void;
}

const DEFAULT_DRAIN_MS = 10_000;

/**
 * A runtime that holds its data directory and has its driver ready. Start the gateways, then call `start()`.
 *
 * @throws FaasError RuntimeAlreadyRunning, StoreFailed, EngineUnavailable and its kin
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config } = options.loaded;
  const { dataDir } = config;
  const { incremental, clock = systemClock, log = createLogger(config.logLevel) } = options;
  const sessionId = newShortId();
  await mkdir(dataDir, { recursive: true });
  const unlock = lockDataDir(dataDir);
  let store: Store | undefined;
  try {
    store = openStore(dataDir, { clock, log });
    const choice = await openDriver(options, sessionId, log);
    const target = deployTarget(choice.name);
    const debugged = options.debug?.functionName;
    const deployer = createDeployer({ dataDir, target, log, incremental, debugged });
    return new LocalRuntime({ options, log, clock, sessionId, store, choice, deployer, unlock });
  } catch (error) {
    store?.close();
    unlock();
    throw error;
  }
}

interface Parts {
  options: RuntimeOptions;
  log: Logger;
  clock: Clock;
  sessionId: string;
  store: Store;
  choice: OpenedDriver;
  deployer: Deployer;
  unlock: () => void;
}

class LocalRuntime implements Runtime {
  readonly dataDir: string;
  readonly sessionId: string;
  readonly config: FaasConfig;
  readonly configFile: string | null;
  readonly driver: Runtime['driver'];
  readonly events = new EventEmitter<RuntimeEvents>().setMaxListeners(0);
  readonly store: Store;
  readonly log: Logger;
  readonly #parts: Parts;
  readonly #identities = new Identities();
  readonly #pools: Pools;
  readonly #delivery: Delivery;
  readonly running = new Running();
  readonly #inFlight = new InFlight();
  #awsEndpoint: string | undefined;
  #starting: Promise<void> | undefined;
  #dev: DevSession | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { choice, clock, store, log, options } = parts;
    const { name, reason, driver } = choice;
    const { isolates, listenAddress, hostAddress } = driver;
    this.#parts = parts;
    this.config = options.loaded.config;
    this.configFile = options.loaded.configFile;
    this.dataDir = this.config.dataDir;
    this.sessionId = parts.sessionId;
    this.store = store;
    this.log = log;
    this.driver = { name, reason, isolates, listenAddress, hostAddress };
    const instances = {
      driver,
      clock,
      identities: this.#identities,
      region: this.config.region,
      awsEndpoint: () => this.#awsEndpoint,
      onLog: (line: LogLine) => this.#logged(line),
    };
    this.#pools = new Pools({
      instances,
      clock,
      log,
      prewarm: sandboxesAhead(this.config.prewarm, options.incremental),
      memoryBudgetMb: this.config.memoryBudget,
      parallelStarts: availableParallelism(),
      isQuiet: () => this.#inFlight.isEmpty,
      onEnded: (instance) => store.instances.save(instance.trail()),
    });
    this.#delivery = createDelivery({
      ...parts,
      config: this.config,
      invoke: (request) => this.invoke(request),
      settingsOf: (name) => this.function(name)?.settings,
    });
    recordEvents(this);
    for (const deployed of store.functions.all()) void this.#pools.put(forDebugger(deployed, options.debug));
  }

  setAwsEndpoint(url: string): void {
    this.#awsEndpoint = url;
  }

  start(onDeployed?: (name: string, outcome: DeployResult | FaasError) => void): Promise<void> {
    this.#starting ??= this.#start(onDeployed);
    return this.#starting;
  }

  async #start(onDeployed?: (name: string, outcome: DeployResult | FaasError) => void): Promise<void> {
    const listed = this.config.functions;
    for (const { settings, origin } of this.store.functions.all()) {
      const unlisted = origin === 'config' && !listed.some(({ name }) => name === settings.name);
      if (unlisted) await this.remove(settings.name);
    }
    const deploys = listed.map((settings) => this.#deploy(settings, 'config').catch(toFaasError));
    for (const [index, deploy] of deploys.entries()) {
      const outcome = await deploy;
      if (!this.#closing) onDeployed?.(listed[index]?.name ?? '', outcome);
    }
    if (this.#closing) return;
    await this.#parts.deployer.prune(this.store.functions.keepRevisions());
    this.#delivery.start();
  }

  invoke(request: InvokeRequest): Promise<InvokeResult> {
    if (this.#closing) return Promise.reject(shuttingDown());
    const known = this.#pools.get(request.function);
    if (!known) return Promise.reject(this.#notFound(request.function));
    const { requestId = newRequestId() } = request;
    const context = {
      requestId,
      clock: this.#parts.clock,
      activity: this.running.begin(requestId, request),
      onRecord: (record: InvocationRecord) => this.#recorded(record, request),
    };
    return this.#inFlight.track(invoke(context, known.pool, known.deployed, request));
  }

  enqueue(event: QueuedEvent): void {
    this.#delivery.enqueue(event);
  }

  deliverSoon(): void {
    this.#delivery.wake();
  }

  async deploy(request: DeployRequest): Promise<DeployResult> {
    const { reload, loaded } = this.#parts.options;
    const current = reload ? await reload(request.configFile) : loaded;
    return this.#inFlight.track(this.#deploy(await deploySettings(current, request), 'cli'));
  }

  async watch(report: (report: DevReport) => void): Promise<void> {
    // Watching files is a library of its own, which `faas start` need not load.
    const { startDev } = await import('./dev.ts');
    if (this.#closing) return;
    const { clock, deployer, options } = this.#parts;
    const { loaded, reload } = options;
    this.#dev ??= startDev({
      runtime: this,
      clock,
      deployer,
      functions: this.store.functions,
      deploy: (settings, origin) => this.#deploy(settings, origin, 'keep'),
      loaded,
      reload: () => reload?.(undefined) ?? Promise.resolve(loaded),
      report,
    });
  }

  async #deploy(...[settings, origin, ifItFails]: DeployArguments): Promise<DeployResult> {
    if (this.#closing) throw shuttingDown();
    const { deployer, options } = this.#parts;
    const { functions } = this.store;
    const parts = { functions, deployer, pools: this.#pools, events: this.events, debug: options.debug };
    return deployLive(parts, settings, origin, ifItFails);
  }

  async remove(name: string): Promise<void> {
    if (!this.store.functions.remove(name)) throw this.#notFound(name);
    this.store.queue.removeAll(name);
    this.events.emit('removed', name);
    await this.#pools.remove(name);
  }

  functions(): DeployedFunction[] {
    return this.#pools.deployed();
  }

  function(name: string): DeployedFunction | undefined {
    return this.#pools.get(name)?.deployed;
  }

  instances(): InstanceSnapshot[] {
    return [...this.#pools.instances()].map((instance) => snapshot(instance, this.#parts.clock.now()));
  }

  identityOf(accessKeyId: string): SandboxIdentity | undefined {
    return this.#identities.find(accessKeyId);
  }

  close({ drainMs = DEFAULT_DRAIN_MS, whenDrained }: CloseOptions = {}): Promise<void> {
    if (this.#closing) void this.#inFlight.drained(this.#parts.clock, drainMs);
    this.#closing ??= this.#close(drainMs, whenDrained);
    return this.#closing;
  }

  async #close(drainMs: number, whenDrained: CloseOptions['whenDrained']): Promise<void> {
    const { choice, deployer, store, unlock, clock } = this.#parts;
    await this.#starting?.catch(() => {});
    const delivered = this.#delivery.stop();
    const watched = this.#dev?.close();
    await this.#inFlight.drained(clock, drainMs);
    await this.#pools.close();
    await Promise.all([delivered, watched, whenDrained?.()]);
    await choice.driver.close();
    await deployer.close();
    store.close();
    unlock();
  }

  #logged(line: LogLine): void {
    this.store.logs.append(line);
    this.events.emit('log', line);
  }

  #recorded(record: InvocationRecord, request: InvokeRequest): void {
    this.running.end(record.requestId);
    this.store.ledger.append(record);
    this.events.emit('record', record, request);
    this.#logged(reportLogLine(record, this.#parts.clock.now()));
  }

  #notFound(name: string): FaasError {
    return functionNotFound(name, this.functions());
  }
}
