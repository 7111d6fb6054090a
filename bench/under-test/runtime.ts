/** `faas start` (or `dev`) as a child process, with a configuration and a data directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { dataDirId } from '../../runtime/core/ids.ts';
import type { Product } from './product.ts';
import { openFiles, residentMb, sandboxProcesses } from './processes.ts';

export const DRIVERS = ['docker', 'process'] as const;
export type DriverUnderTest = (typeof DRIVERS)[number];

/** As a user writes it; the keys are checked by the product itself. */
export type Config = Record<string, unknown> & { functions: Record<string, Record<string, unknown>> };

export interface StartOptions {
  product: Product;
  driver: DriverUnderTest;
  config: Config;
  /** Where the runtime's own folder is made. */
  folder: string;
  command?: 'start' | 'dev';
  /** Default: any free one. */
  port?: number;
  /** Its folder stays when it ends. */
  keep?: boolean;
  /** Loads bench/under-test/probe.ts into it, so that `vitals` can be asked for. */
  probed?: boolean;
}

/** With little room for new objects: how much V8 takes for them says nothing about what is held. */
const PROBED = [
  '--expose-gc',
  '--max-semi-space-size=8',
  '--import',
  new URL('./probe.ts', import.meta.url).href,
];
const READY_WITHIN_MS = 60_000;
/** It waits 10 s for calls that run. */
const ENDS_WITHIN_MS = 20_000;

export class RuntimeUnderTest implements AsyncDisposable {
  readonly url: string;
  readonly adminUrl: string;
  readonly awsEndpoint: string;
  readonly pid: number;
  readonly driver: DriverUnderTest;
  readonly folder: string;
  readonly dataDir: string;
  readonly #process: ChildProcess;
  readonly #token: string;
  readonly #keep: boolean;

  private constructor(
    child: ChildProcess,
    addresses: RuntimeFile,
    driver: DriverUnderTest,
    folder: string,
    keep: boolean,
  ) {
    this.#process = child;
    this.#token = addresses.token;
    this.url = addresses.url;
    this.adminUrl = addresses.adminUrl;
    this.awsEndpoint = addresses.awsEndpoint;
    this.pid = addresses.pid;
    this.driver = driver;
    this.#keep = keep;
    this.folder = folder;
    this.dataDir = join(folder, '.faas');
  }

  /** Resolves when everything the configuration lists is deployed. */
  static async start(options: StartOptions): Promise<RuntimeUnderTest> {
    const folder = await mkdtemp(join(options.folder, 'runtime-'));
    await writeFile(join(folder, 'faas.config.json'), JSON.stringify(options.config));
    return RuntimeUnderTest.startIn(folder, options);
  }

  /** Starts in a folder that has a configuration already, so that what an earlier start left there is found. */
  static async startIn(
    folder: string,
    options: Omit<StartOptions, 'config' | 'folder'>,
  ): Promise<RuntimeUnderTest> {
    const { product, driver, command = 'start', port = 0 } = options;
    const ports = ['--port', `${port}`, '--admin-port', '0', '--aws-port', '0'];
    // As a service would run it: what it prints goes to a place where nobody reads it.
    const nodeArgs = options.probed ? PROBED : [];
    const child = spawn(
      process.execPath,
      [...nodeArgs, product.command, command, '--driver', driver, ...ports],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe', ...(options.probed ? (['ipc'] as const) : [])],
      },
    );
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
    const addresses = await readyAddresses(child, folder, () => stderr);
    return new RuntimeUnderTest(child, addresses, driver, folder, options.keep === true);
  }

  async admin<T>(path: string, init: { method?: string; body?: string } = {}): Promise<T> {
    const answer = await fetch(`${this.adminUrl}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async instances(name?: string): Promise<{ id: string; state: string }[]> {
    const query = name === undefined ? '' : `?function=${name}`;
    const { instances } = await this.admin<{ instances: { id: string; state: string }[] }>(
      `/api/instances${query}`,
    );
    return instances;
  }

  /** The label and the variable that everything the runtime starts carries. */
  get dataDirId(): string {
    return dataDirId(this.dataDir);
  }

  /** Process ids of the sandboxes' Node processes. */
  sandboxPids(): Promise<number[]> {
    return sandboxProcesses(this.driver, this.dataDirId);
  }

  /** What it holds, after a garbage collection; for a probed one. */
  async vitals(): Promise<Vitals> {
    const answered = once(this.#process, 'message');
    this.#process.send('vitals');
    const [vitals] = (await answered) as [Omit<Vitals, 'residentMb' | 'files'>]; // the probe sends it
    return { ...vitals, residentMb: await residentMb(this.pid), files: await openFiles(this.pid) };
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const late = setTimeout(ENDS_WITHIN_MS, 'late', { ref: false });
    if ((await Promise.race([exited, late])) !== 'late') return;
    this.#process.kill('SIGKILL');
    await exited;
    throw new Error(`the runtime did not end within ${ENDS_WITHIN_MS / 1000} s of SIGTERM`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (!this.#keep) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface Vitals {
  heapMb: number;
  residentMb: number;
  /** What keeps an event loop alive: sockets, timers, child processes. */
  handles: number;
  files: number;
}

interface RuntimeFile {
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  token: string;
  pid: number;
}

/** The addresses it wrote down, once every function of the configuration is deployed. */
async function readyAddresses(
  child: ChildProcess,
  folder: string,
  stderr: () => string,
): Promise<RuntimeFile> {
  const { functions } = (await readJson(join(folder, 'faas.config.json'))) as Config;
  const deadline = performance.now() + READY_WITHIN_MS;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    // Written by the product itself, under its own process id.
    const file = (await readJson(join(folder, '.faas', 'runtime.json'))) as RuntimeFile | undefined;
    if (file && file.pid === child.pid && (await deployedCount(file)) === Object.keys(functions).length)
      return file;
    await setTimeout(10);
  }
  child.kill();
  throw new Error(`the runtime did not start: ${stderr().trim().slice(0, 500)}`);
}

async function deployedCount({ adminUrl, token }: RuntimeFile): Promise<number> {
  const answer = await fetch(`${adminUrl}/api/functions`, { headers: { authorization: `Bearer ${token}` } });
  const { functions } = (await answer.json()) as { functions: unknown[] };
  return functions.length;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    return undefined; // not there yet
  }
}
