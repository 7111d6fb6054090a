/** Other tools that run the same function on the same machine, as their own documentation has it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../under-test/start-command.ts';
import { timeCommand } from '../yardsticks/commands.ts';

export interface Peer {
  name: string;
  /** What npm is asked for; the first one's version is the peer's. */
  packages: readonly [string, ...string[]];
  /** Whether a first call differs from the others: it loads the function then. */
  hasFirstCall: boolean;
  /** Arguments for Node that serve `GET /hello` on this port, in the peer's folder. */
  command(port: number): Promise<string[]>;
}

export const PEERS: readonly Peer[] = [
  {
    name: 'serverless-offline',
    // Its own host asks for an account since version 4; osls is the same without.
    packages: ['serverless-offline', 'osls'],
    hasFirstCall: true,
    command: async (port) => [
      'node_modules/osls/bin/serverless.js',
      'offline',
      '--noPrependStageInUrl',
      '--host=127.0.0.1',
      `--httpPort=${port}`,
      `--lambdaPort=${await freePort()}`,
    ],
  },
  {
    name: 'functions-framework',
    packages: ['@google-cloud/functions-framework'],
    hasFirstCall: false,
    command: async (port) => [
      'node_modules/@google-cloud/functions-framework/build/src/main.js',
      '--source=function.mjs',
      '--target=hello',
      `--port=${port}`,
    ],
  },
];

export interface InstalledPeer {
  folder: string;
  version: string;
}

/** Installs the peer and its function below `parent`. Nothing of it is kept. */
export async function install(peer: Peer, parent: string): Promise<InstalledPeer> {
  const folder = join(parent, `peer-${peer.name}`);
  await mkdir(folder);
  await cp(fileURLToPath(new URL(`./${peer.name}`, import.meta.url)), folder, { recursive: true });
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'];
  await timeCommand(['npm', 'install', ...quietly, ...peer.packages], { cwd: folder });
  const manifest = await readFile(join(folder, 'node_modules', peer.packages[0], 'package.json'), 'utf8');
  return { folder, version: (JSON.parse(manifest) as { version: string }).version };
}

/** The peer, serving. */
export async function serve(
  peer: Peer,
  { folder }: InstalledPeer,
): Promise<{ url: string; pid: number } & AsyncDisposable> {
  const port = await freePort();
  const child = spawn(process.execPath, await peer.command(port), { cwd: folder, stdio: 'ignore' });
  const exited = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
