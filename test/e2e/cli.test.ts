/** The commands as a user runs them: processes, pipes, signals and exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';

const FAAS = resolve(import.meta.dirname, '../../cli/main.ts');
const ANY_PORTS = ['--port', '0', '--admin-port', '0', '--aws-port', '0', '--driver', 'process'];
const PROCESS = ['--driver', 'process'];

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function faas(cwd: string, args: string[], stdin = ''): Promise<Ran> {
  const child = spawn(process.execPath, [FAAS, ...args], {
    cwd,
    stdio: 'pipe',
    env: { ...process.env, NO_COLOR: '1' },
  });
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** As startFaas, and a test that fails half-way leaves no runtime behind. */
async function started(...args: Parameters<typeof startFaas>): Promise<RunningFaas> {
  const runtime = await startFaas(...args);
  onTestFinished(async () => {
    if (runtime.child.exitCode === null && runtime.child.signalCode === null) await runtime.stop('SIGKILL');
  });
  return runtime;
}

const sandboxesIn = (folder: string): Promise<string[]> =>
  readdir(join(folder, '.faas', 'sandboxes')).catch(() => []);

describe('with a running runtime', { timeout: 60_000 }, () => {
  test('a function is made, deployed, called, watched, billed and removed', async () => {
    await using place = await workspace();
    const { folder } = place;
    const runtime = await started(folder, { functions: {} }, PROCESS);
    expect(await faas(folder, ['new', 'greet'])).toMatchObject({ code: 0 });
    const deployed = await faas(folder, ['deploy', './greet', '--http', 'GET /hi/:name', '--memory', '256']);
    expect(deployed).toMatchObject({ code: 0, stderr: '' });
    expect(deployed.stdout).toContain(`GET  ${runtime.url}/hi/:name`);
    expect(
      (await faas(folder, ['deploy', './greet', '--http', 'GET /hi/:name', '--memory', '256'])).stdout,
    ).toMatch(/^unchanged greet/u);
    expect(await (await fetch(`${runtime.url}/hi/Ada`)).json()).toEqual({ message: 'Hello, Ada!' });

    const status = JSON.parse((await faas(folder, ['status', '--json'])).stdout);
    expect(status).toMatchObject({ running: true, pid: runtime.pid, functions: 1, url: runtime.url });
    expect((await faas(folder, ['ps'])).stdout).toMatch(/^greet +(?:idle|frozen) .* of 256 MB +1$/mu);
    const cost = JSON.parse((await faas(folder, ['cost', '--json'])).stdout);
    expect(cost.totals).toMatchObject({ invocations: 1, coldStarts: 1, errors: 0 });

    expect((await faas(folder, ['rm', 'greet'])).stdout).toBe('removed greet\n');
    expect((await fetch(`${runtime.url}/hi/Ada`)).status).toBe(404);
    const again = await faas(folder, ['rm', 'greet']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('greet');
    expect(await faas(folder, ['clean'])).toMatchObject({ code: 1 });
    expect(await runtime.stop()).toEqual({ code: 0, signal: null });
    expect(await sandboxesIn(folder)).toEqual([]);
  });

  test('invoke prints the answer or the error, and logs tells what was printed', async () => {
    await using place = await workspace();
    const { folder } = place;
    const config = {
      functions: { echo: { source: behaviour('echo') }, throws: { source: behaviour('throws') } },
    };
    const runtime = await started(folder, config, PROCESS);
    const echoed = await faas(
      folder,
      ['invoke', 'echo', '--data', '-', '--log'],
      '{"n":12345678901234567890}',
    );
    expect(echoed.code).toBe(0);
    const failed = await faas(folder, ['invoke', 'throws', '--json']);
    expect(failed.code).toBe(1);
    const { record, error } = JSON.parse(failed.stdout);
    expect(record).toMatchObject({ function: 'throws', outcome: 'error' });
    const logged = await faas(folder, ['logs', '--request', record.requestId]);
    expect(logged.stdout).toContain(`REPORT RequestId: ${record.requestId}`);
    expect(error.errorType).toBe(record.errorType);
    expect(await faas(folder, ['invoke', 'nobody'])).toMatchObject({ code: 1, stdout: '' });
    await runtime.stop();
    // What happened stays readable when nothing runs.
    expect((await faas(folder, ['logs', 'throws'])).stdout).toContain('REPORT RequestId');
    const cost = JSON.parse((await faas(folder, ['cost', '--json'])).stdout);
    expect(cost.totals).toMatchObject({ invocations: 2, errors: 1 });
    expect((await faas(folder, ['ps', '--all'])).stdout).toMatch(/^echo +shutdown /mu);
    expect(await faas(folder, ['rm', 'echo'])).toMatchObject({ code: 0, stdout: 'removed echo\n' });
    expect(await faas(folder, ['rm', 'throws', 'echo'])).toMatchObject({ code: 1 });
    expect(JSON.parse((await faas(folder, ['ps', '--json'])).stdout)).toMatchObject({
      running: false,
      functions: [{ name: 'throws' }],
    });
  });

  test('logs --follow shows lines as they come and ends with Ctrl-C', async () => {
    await using place = await workspace();
    const { folder } = place;
    const runtime = await started(folder, { functions: { echo: { source: behaviour('echo') } } }, PROCESS);
    const follower = spawn(process.execPath, [FAAS, 'logs', '--follow', '--json'], { cwd: folder });
    const closed = once(follower, 'close');
    const first = once(follower.stdout, 'data');
    await faas(folder, ['invoke', 'echo']);
    const [chunk] = await first;
    expect(JSON.parse(String(chunk).split('\n')[0] ?? '')).toMatchObject({ function: 'echo' });
    follower.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
    await runtime.stop();
  });

  test('a reader that leaves early is no error', async () => {
    await using place = await workspace();
    const { folder } = place;
    const runtime = await started(folder, { functions: { echo: { source: behaviour('echo') } } }, PROCESS);
    await faas(folder, ['invoke', 'echo']);
    const child = spawn(process.execPath, [FAAS, 'logs'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
    await runtime.stop();
  });
});

describe('new', { timeout: 60_000 }, () => {
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

  test.each([
    ['http', 'GET', '/it/Ada', undefined, { message: 'Hello, Ada!' }],
    ['web', 'POST', '/it/notes', { title: 'milk' }, { id: 1, title: 'milk' }],
    ['lambda-ts', 'POST', '/it', { numbers: [1, 2, 3] }, { sum: 6 }],
  ])(
    'a folder from the template %s answers as its next step says',
    async (template, method, path, body, answer) => {
      await using place = await workspace();
      const { folder } = place;
      // Stands for the npm install that the command names.
      await symlink(resolve(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
      const made = await faas(folder, ['new', 'it', '--template', template]);
      expect(made.stdout).toContain(`http://127.0.0.1:4000${path.slice(0, 3)}`);
      // The configuration that the command wrote comes before the empty one of this helper.
      const runtime = await started(folder, {}, PROCESS);
      const response = await fetch(runtime.url + path, method === 'POST' ? post(body) : {});
      expect(await response.json()).toEqual(answer);
      await runtime.stop();
    },
  );

  test('a folder from the template s3 runs on an upload', async () => {
    await using place = await workspace();
    const { folder } = place;
    await faas(folder, ['new', 'it', '--template', 's3']);
    const runtime = await started(folder, {}, PROCESS);
    await writeFile(join(folder, 'a b.txt'), 'hello');
    const emitted = await faas(folder, [
      'emit',
      's3',
      'uploads',
      'in/a b.txt',
      '--file',
      'a b.txt',
      '--json',
    ]);
    const [requestId] = JSON.parse(emitted.stdout).requestIds;
    await runtime.record((record) => record.requestId === requestId);
    const logged = await faas(folder, ['logs', '--request', requestId]);
    expect(logged.stdout).toContain('ObjectCreated:Put uploads/in/a b.txt, 5 bytes');
    await runtime.stop();
  });
});

describe('start', { timeout: 60_000 }, () => {
  test('a function that does not build is told loudly and the others are served', async () => {
    await using place = await workspace();
    const { folder } = place;
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken/index.js'), 'export const handler = () => {');
    const functions = { broken: { source: './broken' }, echo: { source: behaviour('echo') } };
    const runtime = await started(folder, { functions }, PROCESS);
    expect(runtime.stderr()).toContain('broken was not deployed');
    expect(runtime.stderr()).toContain('index.js:1');
    expect(await faas(folder, ['invoke', 'echo'])).toMatchObject({ code: 0 });
    expect(await runtime.stop()).toEqual({ code: 0, signal: null });
  });

  test('what was deployed while nothing ran is served', async () => {
    await using place = await workspace();
    const { folder } = place;
    const deployed = await faas(folder, ['deploy', behaviour('echo'), '--name', 'later']);
    expect(deployed.code).toBe(0);
    expect(deployed.stderr).toContain('No runtime is running');
    const runtime = await started(folder, { functions: {} }, PROCESS);
    expect(await faas(folder, ['invoke', 'later'])).toMatchObject({ code: 0 });
    await runtime.stop();
  });

  test('SIGINT waits for what runs, and its caller gets the answer', async () => {
    await using place = await workspace();
    const { folder } = place;
    const runtime = await started(
      folder,
      { functions: { slow: { source: behaviour('sleep-100') } } },
      PROCESS,
    );
    const called = fetch(`${runtime.url}/slow`);
    await expect
      .poll(async () => (await faas(folder, ['ps', '--json'])).stdout, { timeout: 10_000 })
      .toContain('"function":"slow"');
    const ended = runtime.stop('SIGINT');
    expect((await called).status).toBe(200);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await sandboxesIn(folder)).toEqual([]);
  });

  test('a second signal does not wait', async () => {
    await using place = await workspace();
    const { folder } = place;
    const functions = { forever: { source: behaviour('sleep-forever'), timeout: 900 } };
    const runtime = await started(folder, { functions }, PROCESS);
    const called = fetch(`${runtime.url}/forever`).catch(() => undefined);
    await expect
      .poll(async () => (await faas(folder, ['ps', '--json'])).stdout, { timeout: 10_000 })
      .toContain('"busy"');
    runtime.child.kill('SIGINT');
    await expect.poll(() => runtime.stderr()).toContain('waiting up to 10 s for 1 invocation');
    const ended = once(runtime.child, 'exit');
    // One keystroke may arrive twice within a moment; the signal that counts as the second comes later.
    await expect
      .poll(() => (runtime.child.kill('SIGINT'), runtime.stderr()), { interval: 400 })
      .toContain('Forced');
    const [code] = await ended;
    expect(code).toBe(130);
    await called;
    expect(await sandboxesIn(folder)).toEqual([]);
  });

  test.each([
    ['a mistake in the configuration', { functions: { a: { source: './a', memory: 1 } } }, 2, 'memory'],
    ['an unknown key', { function: {} }, 2, 'functions'],
  ])('%s ends with 2 and its place', async (_what, config, code, message) => {
    await using place = await workspace();
    await mkdir(join(place.folder, 'a'));
    await writeFile(join(place.folder, 'faas.config.json'), JSON.stringify(config));
    const ran = await faas(place.folder, ['start', ...ANY_PORTS]);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toContain(message);
  });

  test('a port that is taken is named with its flag, and nothing is left', async () => {
    await using place = await workspace();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo; // It listens on a TCP port.
    const ran = await faas(place.folder, ['start', ...ANY_PORTS, '--port', String(port), '--json']);
    taken.close();
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'PortInUse' } });
    expect(ran.stderr).toContain(`--port`);
    expect(await faas(place.folder, ['status'])).toMatchObject({ code: 1 });
  });

  test('goes on serving when nobody reads its output any more', async () => {
    await using place = await workspace();
    const runtime = await started(
      place.folder,
      { functions: { echo: { source: behaviour('echo') } } },
      PROCESS,
    );
    runtime.child.stdout?.destroy();
    for (let call = 0; call < 3; call++) {
      expect(await faas(place.folder, ['invoke', 'echo'])).toMatchObject({ code: 0, stdout: '{}\n' });
    }
    expect(await runtime.stop()).toEqual({ code: 0, signal: null });
  });

  test('a second runtime on the same data directory is refused', async () => {
    await using place = await workspace();
    const runtime = await started(place.folder, { functions: {} }, PROCESS);
    const ran = await faas(place.folder, ['start', ...ANY_PORTS]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('--data-dir');
    expect(await faas(place.folder, ['status'])).toMatchObject({ code: 0 });
    await runtime.stop();
  });

  test('after kill -9 the next command sees that nothing runs, doctor sees leftovers and clean removes them', async () => {
    await using place = await workspace();
    const { folder } = place;
    const runtime = await started(folder, { functions: { echo: { source: behaviour('echo') } } }, PROCESS);
    await faas(folder, ['invoke', 'echo']);
    await runtime.stop('SIGKILL');
    expect(JSON.parse((await faas(folder, ['status', '--json'])).stdout)).toMatchObject({ running: false });
    const doctor = JSON.parse((await faas(folder, ['doctor', '--json'])).stdout);
    expect(doctor.checks).toContainEqual(expect.objectContaining({ name: 'leftovers', status: 'warn' }));
    expect(await faas(folder, ['clean'])).toMatchObject({ code: 0 });
    expect(await sandboxesIn(folder)).toEqual([]);
    await expect(readFile(join(folder, '.faas/runtime.json'))).rejects.toThrow('ENOENT');
    expect((await faas(folder, ['clean', '--all', '--json'])).code).toBe(0);
    await expect(readdir(join(folder, '.faas'))).rejects.toThrow('ENOENT');
  });
});
