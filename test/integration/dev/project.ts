/** A project under `faas dev`: real files, real builds, real watching; sandboxes that answer with the code they hold. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { loadConfig } from '../../../runtime/config/load.ts';
import { systemClock, type Clock } from '../../../runtime/core/clock.ts';
import { createLogger } from '../../../runtime/core/log.ts';
import type { DevReport } from '../../../runtime/dev.ts';
import { createRuntime, type Runtime } from '../../../runtime/index.ts';
import { stampAll } from '../../../runtime/deploy/stamps.ts';
import { createFakeDriver, type FakeDriver } from '../../../runtime/sandbox/fake.ts';

type Kind = DevReport['kind'];
type ReportOf<K extends Kind> = Extract<DevReport, { kind: K }>;

export interface Project extends AsyncDisposable {
  root: string;
  runtime: Runtime;
  driver: FakeDriver;
  /** Everything reported so far. */
  reports: DevReport[];
  /** Resolves when this many builds have ended since the project was started, the first ones included. */
  built(count: number): Promise<void>;
  at(path: string): string;
  write(path: string, content: string): Promise<void>;
  config(config: unknown): Promise<void>;
  /** The next report that was not asked for yet; it must be of this kind. */
  next<K extends Kind>(kind: K): Promise<ReportOf<K>>;
  /** The code that answers a call. */
  call(name: string): Promise<string>;
}

/** Code with a number to tell it from other code. */
export const version = (number: number): string => `export const handler = () => 'version ${number}';\n`;

/** On a busy machine a moment is soon over; here each lasts five times as long. */
const SLOWNESS = 5;
const unhurried: Clock = {
  now: () => systemClock.now() / SLOWNESS,
  after: (ms, fn) => systemClock.after(ms * SLOWNESS, fn),
};

/** Starts with these files and this configuration, and watches; `meanwhile` happens between the two. */
export async function project(
  files: Record<string, string>,
  config?: unknown,
  meanwhile?: (write: Project['write']) => Promise<void>,
): Promise<Project> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'faas dev-')));
  const at = (path: string): string => join(root, path);
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), content);
  };
  const writeConfig = (value: unknown): Promise<void> => write('faas.config.json', JSON.stringify(value));
  for (const [path, content] of Object.entries(files)) await write(path, content);
  if (config !== undefined) await writeConfig(config);

  // As old as a project's files are; younger ones are read twice.
  while (!stampAll([root], Date.now()).settled) await setTimeout(1);
  const load = () => loadConfig({ cwd: root, env: {}, flags: {} });
  const driver = createFakeDriver({
    init(sandbox) {
      if (codeOf(sandbox.revision).includes('never loads')) return;
      if (!codeOf(sandbox.revision).includes('fails at load')) return sandbox.say({ type: 'initialized' });
      const error = { errorType: 'Error', errorMessage: 'it fails at load', trace: [] };
      sandbox.say({ type: 'init-failed', error });
    },
    invoke: (sandbox, { requestId }) => sandbox.answer(requestId, codeOf(sandbox.revision)),
  });
  const builds = new Counter();
  const log = createLogger('debug', (line) => line.includes('build of ') && builds.add());
  const runtime = await createRuntime({
    loaded: await load(),
    reload: load,
    driver,
    clock: unhurried,
    incremental: true,
    log,
  });
  await runtime.start();
  await meanwhile?.(write);

  const reports: DevReport[] = [];
  const told = new Counter();
  let asked = 0;
  await runtime.watch((report) => {
    reports.push(report);
    told.add();
  });

  return {
    root,
    runtime,
    driver,
    reports,
    at,
    write,
    config: writeConfig,
    built: (count) => builds.reached(count),
    async next(kind) {
      await told.reached(asked + 1);
      const report = reports[asked++];
      if (report?.kind === kind) return report as ReportOf<typeof kind>; // just compared
      const { error } = report && 'error' in report ? report : {};
      throw new Error(`expected '${kind}', was told '${report?.kind}'`, { cause: error });
    },
    async call(name) {
      const { payload, error } = await runtime.invoke({
        function: name,
        payload: Buffer.from('{}'),
        trigger: { type: 'direct', source: null },
      });
      return payload ? JSON.parse(Buffer.from(payload).toString()) : `failed: ${error?.errorMessage}`;
    },
    async [Symbol.asyncDispose]() {
      await runtime.close({ drainMs: 0 });
      await rm(root, { recursive: true });
    },
  };
}

class Counter {
  #count = 0;
  #added = Promise.withResolvers<void>();

  add(): void {
    this.#count += 1;
    this.#added.resolve();
    this.#added = Promise.withResolvers();
  }

  async reached(count: number): Promise<void> {
    while (this.#count < count) await this.#added.promise;
  }
}

const codeOf = (revision: { artifactDir: string; entry: string } | undefined): string =>
  revision ? readFileSync(join(revision.artifactDir, revision.entry), 'utf8') : '';
