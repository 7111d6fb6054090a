/** The product as its users run it: a child process with a data directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { UserConfig } from '../../runtime/index.ts';
import type { InvocationRecord } from '../../runtime/core/types.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');

export const behaviour = (name: string): string =>
  resolve(import.meta.dirname, '../fixtures/behaviour', name);

interface Ready {
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  driver: string;
  pid: number;
}

export type FaasEvent = { event: string; function?: string } & Record<string, unknown>;

interface RuntimeFile {
  token: string;
  sessionId: string;
}

export interface RunningFaas extends Ready {
  dataDir: string;
  sessionId: string;
  child: ChildProcess;
  /** Every record the process has printed, in order. */
  records: InvocationRecord[];
  /** Every other line it has printed after the first: what `faas dev` reports. */
  events: FaasEvent[];
  stderr(): string;
  /** Resolves with the first record that fits, past ones included. */
  record(fits: (record: InvocationRecord) => boolean): Promise<InvocationRecord>;
  /** Resolves with the first event that fits, past ones included. */
  event(fits: (event: FaasEvent) => boolean): Promise<FaasEvent>;
  /** Asks the admin API. */
  admin(path: string, init?: { method?: string; body?: string }): Promise<Response>;
  /** Ends the process and resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
}

/** A folder for configuration and data; the disposer removes it. */
export async function workspace(): Promise<{ folder: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'faas-test-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Starts `faas start --json` on free ports in `folder` and waits until it answers. */
export async function startFaas(
  folder: string,
  config: UserConfig,
  flags: string[] = [],
  command: 'start' | 'dev' = 'start',
): Promise<RunningFaas> {
  await writeFile(join(folder, 'faas.config.json'), JSON.stringify(config));
  const ports = ['--port', '0', '--admin-port', '0', '--aws-port', '0'];
  const child = spawn(process.execPath, [MAIN, command, '--json', ...ports, ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));

  const records = new Heard<InvocationRecord>();
  const events = new Heard<FaasEvent>();
  const { promise: ready, resolve: isReady, reject: failed } = Promise.withResolvers<Ready>();
  createInterface(child.stdout).on('line', (line) => {
    // A start that fails prints an error document instead of events.
    if (!line.startsWith('{"')) return void (stderr += `${line}\n`);
    const parsed = JSON.parse(line) as InvocationRecord | FaasEvent;
    if (!('event' in parsed)) records.add(parsed);
    else if (parsed.event === 'ready') isReady(parsed as FaasEvent & Ready);
    else events.add(parsed);
  });
  void exited.then(([code, signal]) =>
    failed(new Error(`faas ended with ${signal ?? code} before it was ready\n${stderr}`)),
  );
  const addresses = await ready;
  const dataDir = join(folder, '.faas');
  const runtimeFile = JSON.parse(await readFile(join(dataDir, 'runtime.json'), 'utf8')) as RuntimeFile;
  const { token, sessionId } = runtimeFile;

  return {
    ...addresses,
    dataDir,
    sessionId,
    child,
    records: records.all,
    events: events.all,
    stderr: () => stderr,
    record: (fits) => records.first(fits),
    event: (fits) => events.first(fits),
    admin: (path, init = {}) =>
      fetch(`${addresses.adminUrl}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}` },
      }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [code, endSignal] = await exited;
      return { code, signal: endSignal };
    },
  };
}

/** What a process has said, and who waits for what of it. */
class Heard<T> {
  readonly all: T[] = [];
  readonly #waiting = new Set<{ fits: (one: T) => boolean; found: (one: T) => void }>();

  add(one: T): void {
    this.all.push(one);
    for (const waiter of this.#waiting) {
      if (!waiter.fits(one)) continue;
      this.#waiting.delete(waiter);
      waiter.found(one);
    }
  }

  first(fits: (one: T) => boolean): Promise<T> {
    const past = this.all.find(fits);
    return past === undefined
      ? new Promise((found) => this.#waiting.add({ fits, found }))
      : Promise.resolve(past);
  }
}
