/** The docker driver: sandboxes are containers, made through the Engine API. */
import { chmod, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { FaasError } from '../../core/errors.ts';
import { dataDirId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import type { Driver, Sandbox, SandboxSpec } from '../sandbox.ts';
import { Cgroup, cgroupLayout } from './cgroup.ts';
import type { CgroupLayout } from './cgroup.ts';
import { containerName, containerOptions } from './container-options.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import type { Environment } from './endpoint.ts';
import { connectEngine } from './engine.ts';
import type { DockerSettings, Engine, EngineInfo } from './engine.ts';
import { EngineEvents } from './engine-events.ts';
import { ensureImage } from './image/image.ts';
import { sweep } from './leftovers.ts';
import { findReach, hostEntries } from './reach.ts';
import type { Reach } from './reach.ts';
import { openMountedFolder, openRemoteFolder, sweepFolders } from './sandbox-folder.ts';
import type { FolderOwner } from './sandbox-folder.ts';

export interface DockerDriverOptions {
  /** Absolute. */
  dataDir: string;
  sessionId: string;
  log: Logger;
  /** The one JavaScript file that runs inside. */
  bootstrapFile: string;
  docker: DockerSettings;
  /** Default: looked for when the driver starts. */
  engine?: Engine;
  /** Told how far an image that is assembled or pulled has come. */
  onProgress?: (message: string) => void;
  /** Node binary the image is assembled from; default: the running one. */
  nodePath?: string;
  /** Default: process.env. Read for DOCKER_HOST and its kin. */
  env?: Environment;
  /**
   * How files get into sandboxes. Default `auto`: mounted where the engine sees this machine's files, copied
   * into anonymous volumes where it does not.
   */
  transfer?: 'auto' | 'mount' | 'copy';
}

/** A driver whose sandboxes are containers. Nothing is connected before `start`. */
export const createDockerDriver = (options: DockerDriverOptions): Driver => new DockerDriver(options);

/** What `start` found out. */
interface Connected {
  engine: Engine;
  reach: Reach;
  cgroups: CgroupLayout | undefined;
}

/** A start waits as much as it computes. Measured: two for each core are the quickest; twenty at once take twice as long. */
const STARTS_AT_ONCE = 2 * availableParallelism();

/** The image may be removed, and the data directory turn out to be out of the engine's sight. */
const MOST_ATTEMPTS = 3;

/** How long `close` waits for an engine that does not answer; the next start sweeps what it then still has. */
const CLOSE_PATIENCE_MS = 5000;

class DockerDriver implements Driver {
  readonly name = 'docker';
  readonly isolates = true;
  readonly #options: DockerDriverOptions;
  readonly #owner: FolderOwner;
  readonly #network: string;
  readonly #sandboxes = new Map<string, DockerSandbox>();
  readonly #starts = new PQueue({ concurrency: STARTS_AT_ONCE });
  #connected: Connected | undefined;
  #events: EngineEvents | undefined;
  #image = '';
  #imageInMaking: Promise<string> | undefined;
  #mounts: boolean;
  #closed = false;
  readonly #giveUp = new AbortController();

  constructor(options: DockerDriverOptions) {
    const { dataDir, bootstrapFile } = options;
    this.#options = options;
    this.#owner = { dataDir, dataDirId: dataDirId(dataDir), bootstrapFile };
    this.#network = options.docker.network ?? 'bridge';
    this.#mounts = options.transfer !== 'copy';
  }

  get hostAddress(): string {
    return this.#connection().reach.hostAddress;
  }

  get listenAddress(): string | undefined {
    return this.#connection().reach.listenAddress;
  }

  async start(): Promise<void> {
    const { docker, env = process.env, log, transfer = 'auto' } = this.#options;
    const engine = this.#options.engine ?? (await connectEngine(docker, env));
    const { info } = engine;
    for (const limit of missingLimits(info)) log.warn(`the container engine cannot limit ${limit} here`);
    const cgroups = cgroupLayout(info);
    const [reach] = await Promise.all([
      findReach(engine, this.#network, docker.hostAddress),
      this.#sweep(engine, cgroups),
      this.#makeImageReady(engine),
      makeReadable(this.#options.bootstrapFile),
      this.#openEvents(engine, info),
    ]);
    this.#mounts = transfer === 'mount' || (transfer === 'auto' && reach.sharesFiles);
    this.#connected = { engine, reach, cgroups };
  }

  async create(spec: SandboxSpec): Promise<Sandbox> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#create(spec);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !(await this.#remedied(error))) throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const patience = setTimeout(() => this.#giveUp.abort(), CLOSE_PATIENCE_MS);
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.kill()));
    clearTimeout(patience);
    await this.#events?.close();
  }

  async #create(spec: SandboxSpec): Promise<Sandbox> {
    const sandbox = await this.#prepare(spec);
    this.#sandboxes.set(spec.id, sandbox);
    try {
      if (this.#closed) throw new FaasError('ShuttingDown', 'the docker driver is closed');
      await this.#starts.add(() => sandbox.start());
      // However it ends, its container goes.
      void sandbox.exited.then(() => sandbox.kill());
      return sandbox;
    } catch (error) {
      const gone = sandbox.kill();
      // What an absent engine may have of it is removed when it is back; nobody has to wait for that but `close`.
      if (!(error instanceof FaasError && error.code === 'EngineUnavailable')) await gone;
      throw error;
    }
  }

  async #prepare(spec: SandboxSpec): Promise<DockerSandbox> {
    const { engine, reach, cgroups } = this.#connection();
    const { log, sessionId, bootstrapFile } = this.#options;
    const folder = this.#mounts
      ? await openMountedFolder(this.#owner, spec.id)
      : await openRemoteFolder(reach);
    const options = containerOptions({
      spec,
      image: this.#image,
      dataDirId: this.#owner.dataDirId,
      sessionId,
      network: this.#network,
      extraHosts: hostEntries(reach),
      files: folder.files,
      channel: folder.channel,
    });
    return new DockerSandbox({
      id: spec.id,
      name: containerName(spec),
      engine,
      options,
      folder,
      bootstrapFile,
      cgroupOf: (containerId) => cgroups && new Cgroup(cgroups, containerId),
      giveUp: this.#giveUp.signal,
      onGone: () => this.#sandboxes.delete(spec.id),
      log,
    });
  }

  /** Two faults heal by themselves: somebody removed the image; the engine does not see this machine's files after all. */
  async #remedied(error: unknown): Promise<boolean> {
    if (!(error instanceof FaasError) || this.#closed) return false;
    if (error.code === 'ImageMissing') {
      await this.#makeImageReady(this.#connection().engine);
      return true;
    }
    const unseen = /bind source path does not exist|statfs .*no such file/i.test(error.got ?? '');
    if (!unseen || this.#options.transfer === 'mount') return false;
    if (this.#mounts) this.#options.log.warn('the engine does not see the data directory: files are copied');
    this.#mounts = false;
    return true;
  }

  /** However many sandboxes miss the image at once, it is made once. */
  async #makeImageReady(engine: Engine): Promise<void> {
    const { docker, nodePath = process.execPath, dataDir, log, onProgress = () => undefined } = this.#options;
    const { image: configured } = docker;
    const cacheDir = join(dataDir, 'cache');
    this.#imageInMaking ??= ensureImage({ engine, configured, nodePath, cacheDir, log, onProgress });
    try {
      this.#image = await this.#imageInMaking;
    } finally {
      this.#imageInMaking = undefined;
    }
  }

  async #openEvents(engine: Engine, info: EngineInfo): Promise<void> {
    const { sessionId, log } = this.#options;
    this.#events = new EngineEvents(engine, sessionId, new Date(info.SystemTime ?? Date.now()), log, {
      onEvent: (event) => this.#sandboxes.get(event.sandboxId)?.report(event),
      onReconnected: async () => {
        await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.reconcile()));
      },
    });
    await this.#events.open();
  }

  async #sweep(engine: Engine, cgroups: CgroupLayout | undefined): Promise<void> {
    const { sessionId, log } = this.#options;
    const cgroupOf = (id: string): Cgroup | undefined => cgroups && new Cgroup(cgroups, id);
    const left = await sweep(engine, this.#owner.dataDirId, sessionId, cgroupOf);
    if (left.length > 0) log.info(`removed ${left.length} container(s) that an earlier session left behind`);
    await sweepFolders(this.#owner);
  }

  #connection(): Connected {
    if (!this.#connected) throw new FaasError('Internal', 'the docker driver was not started');
    return this.#connected;
  }
}

/** What a kernel without the control group in question silently leaves out. */
const missingLimits = ({ MemoryLimit, SwapLimit, PidsLimit, CpuCfsQuota }: EngineInfo): string[] => [
  ...(MemoryLimit === false ? ['memory'] : []),
  ...(SwapLimit === false ? ['swapping'] : []),
  ...(PidsLimit === false ? ['the number of processes'] : []),
  ...(CpuCfsQuota === false ? ['CPU time'] : []),
];

/** The user inside is not the owner of the file, and our umask may have been strict. */
async function makeReadable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o444) !== 0o444) await chmod(file, mode | 0o444);
}
