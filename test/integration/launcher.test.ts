/** cli/faas.js in a folder of its own, with a stand-in for the program it launches. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../cli/faas.js', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'faas-launcher-')));
  write('package.json', '{ "type": "module" }');
  write(
    'old.cjs',
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`,
  );
  mkdirSync(join(folder, 'cli'));
  cpSync(launcher, join(folder, 'cli/faas.js'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string, ageSeconds = 0): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const time = Date.now() / 1000 - ageSeconds;
  utimesSync(file, time, time);
}

/** A package `node` as npm installs it, which holds the Node that runs this test. */
function addNode(version: string): void {
  write('node_modules/node/package.json', JSON.stringify({ version }));
  mkdirSync(join(folder, 'node_modules/node/bin'));
  symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'));
}

const OLD = ['--require', './old.cjs'];
const run = (flags: string[] = [], args: string[] = []) =>
  spawnSync(process.execPath, [...flags, 'cli/faas.js', ...args], { cwd: folder, encoding: 'utf8' });

describe('what is run', () => {
  const say = (what: string): string => `console.log('${what}', ...process.argv.slice(2));`;

  test('a package runs its build', () => {
    write('dist/cli/main.js', say('build'));
    expect(run([], ['ps', '--json'])).toMatchObject({ stdout: 'build ps --json\n', stderr: '', status: 0 });
  });

  test.each([
    ['without a build', undefined, 'source'],
    ['with a build older than a source', 20, 'source'],
    ['with a build newer than its sources', 0, 'build'],
  ])('a checkout %s (age %s) runs its %s', (_, age, runs) => {
    write('cli/main.ts', say('source'), 10);
    write('gateway/http/server.ts', '', 10);
    write('runtime/index.ts', '', 10);
    if (age !== undefined) write('dist/cli/main.js', say('build'), age);
    for (const path of ['cli', 'gateway/http', 'gateway', 'runtime', 'cli/faas.js']) {
      utimesSync(join(folder, path), Date.now() / 1000 - 10, Date.now() / 1000 - 10);
    }
    expect(run()).toMatchObject({ stdout: `${runs}\n`, status: 0 });
  });
});

describe('on a Node that is too old', () => {
  test('without a newer one it says what is missing, and exits with 2', () => {
    const { status, stdout, stderr } = run(OLD);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/expected: Node 22\.18 or newer\n {2}got: Node 20\.20\.2 .*\n {2}remedy: install/);
  });

  test('an old Node in node_modules is no help', () => {
    addNode('20.0.0');
    expect(run(OLD).status).toBe(2);
  });

  test('a newer one in node_modules takes over: arguments, output and exit code pass through', () => {
    addNode('24.0.0');
    write('dist/cli/main.js', `console.log(process.argv.slice(2).join(' ')); process.exitCode = 7;`);
    expect(run(OLD, ['cost', '--json'])).toMatchObject({ stdout: 'cost --json\n', stderr: '', status: 7 });
  });

  describe('signals', () => {
    let outer: ChildProcess;
    let inner: number;
    let lines: AsyncIterator<string>;

    beforeEach(async () => {
      addNode('24.0.0');
      write(
        'dist/cli/main.js',
        `for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
          process.on(signal, () => { console.log(signal); process.exit(3); });
        }
        setInterval(() => {}, 1000);
        console.log(process.pid);`,
      );
      const started = spawn(process.execPath, [...OLD, 'cli/faas.js'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      outer = started;
      lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
      inner = Number((await lines.next()).value);
    });

    // Whatever a failed test left; both are ours.
    afterEach(() => {
      outer.kill('SIGKILL');
      try {
        process.kill(inner, 'SIGKILL');
      } catch {
        // It has ended, as it should.
      }
    });

    const ended = () =>
      new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        outer.once('exit', (code, signal) => resolve({ code, signal }));
      });

    test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
      '%s is passed on, and the exit code comes back',
      async (signal) => {
        const end = ended();
        outer.kill(signal);
        expect((await lines.next()).value).toBe(signal);
        expect(await end).toEqual({ code: 3, signal: null });
      },
    );

    test('a program that was killed makes the launcher end the same way', async () => {
      const end = ended();
      process.kill(inner, 'SIGKILL');
      expect(await end).toEqual({ code: null, signal: 'SIGKILL' });
    });

    test('a launcher that was killed takes the program with it', async () => {
      outer.kill('SIGKILL');
      expect((await lines.next()).value).toBe('SIGTERM');
    });
  });
});
