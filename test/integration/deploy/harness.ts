/** Builds functions into a data directory of their own and runs the artifacts in a plain Node, not in our runtime. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { Revision } from '../../../runtime/core/types.ts';
import { createDeployer, type Deployer } from '../../../runtime/deploy/index.ts';
import { HOST } from './settings.ts';

export { HOST, settingsFor } from './settings.ts';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/functions/', import.meta.url));
export const fixture = (name: string): string => join(FIXTURES, name);

export interface Bench extends AsyncDisposable {
  root: string;
  dataDir: string;
  deployer: Deployer;
  /** Writes files into a new folder beside the data directory and returns its path. */
  folder(name: string, files: Record<string, string | Uint8Array>): Promise<string>;
  copyOf(name: string, to: string): Promise<string>;
}

export async function createBench(target = HOST): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'faas deploy-ü-'));
  const dataDir = join(root, '.faas');
  const deployer = createDeployer({ dataDir, target, log: silentLogger });
  return {
    root,
    dataDir,
    deployer,
    async folder(name, files) {
      const source = join(root, name);
      await mkdir(source, { recursive: true });
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(source, path)), { recursive: true });
        await writeFile(join(source, path), content);
      }
      return source;
    },
    async copyOf(name, to) {
      const source = join(root, to);
      await cp(fixture(name), source, { recursive: true });
      return source;
    },
    async [Symbol.asyncDispose]() {
      await deployer.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Finds the handler as a sandbox does and prints what it answers to `event`, or its stack trace. */
const CALL = `
const [entry, exportName, event] = process.argv.slice(1);
const walk = (from, path) => path.split('.').reduce((value, key) => value?.[key], from);
const { pathToFileURL } = require('node:url');
import(pathToFileURL(entry).href).then(async (module) => {
  const fallback = module.default ?? module;
  const found = exportName ? (walk(module, exportName) ?? walk(fallback, exportName)) : (fallback.handler ?? fallback.default ?? fallback);
  if (typeof found === 'function') {
    if (found.length < 3) return found(JSON.parse(event), {});
    return new Promise((resolve, reject) => found(JSON.parse(event), {}, (error, value) => error ? reject(error) : resolve(value)));
  }
  const answer = await found.fetch(new Request('http://localhost/hi/ada'));
  return answer.text();
}).then((answer) => console.log(JSON.stringify({ answer })), (error) => console.log(JSON.stringify({ stack: error.stack })));
`;

export async function call(
  revision: Revision,
  event: unknown = {},
): Promise<{ answer?: unknown; stack?: string }> {
  const entry = join(revision.artifactDir, revision.entry);
  const args = ['--enable-source-maps', '-e', CALL, entry, revision.exportName, JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: revision.artifactDir,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout) as { answer?: unknown; stack?: string };
}
