import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../runtime/sandbox/sandbox.ts';
import { engine, engineNote, inventoryOf } from '../../contract/docker-engine.ts';
import { openWorkshop } from './subject.ts';
import type { Workshop } from './subject.ts';

describe.skipIf(!engine)(`from inside a container${engineNote}`, () => {
  let workshop: Workshop;
  let sandbox: Sandbox;
  let evaluate: (code: string) => Promise<unknown>;

  beforeAll(async () => {
    workshop = await openWorkshop();
    ({ sandbox, evaluate } = await workshop.create({ memoryMb: 256, tmpMb: 32 }));
  });
  afterAll(async () => {
    await sandbox.kill();
    await workshop.close();
  });

  test('there are no rights to use or to gain', async () => {
    const status = await evaluate(`return require('fs').readFileSync('/proc/self/status', 'utf8')`);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(status).toMatch(new RegExp(`${set}:\\s+0{16}\\n`));
    }
    expect(status).toMatch(/NoNewPrivs:\s+1\n/);
    expect(status).toMatch(/Seccomp:\s+2\n/);
    expect(status).toMatch(/Uid:\s+993\s+993\s+993\s+993\n/);
  });

  test.each([
    '/x',
    '/var/task/x',
    '/var/runtime/bootstrap.cjs',
    '/run/faas/x',
    '/etc/passwd',
    '/dev/x',
    '/dev/shm/x',
  ])('nothing can be written at %s', async (path) => {
    expect(await evaluate(`require('fs').writeFileSync(${JSON.stringify(path)}, 'x')`)).toEqual({
      error: expect.stringMatching(/^(EROFS|EACCES|ENOENT)$/),
    });
  });

  test('programs in /tmp run', async () => {
    const code = `
      require('fs').writeFileSync('/tmp/tool', '#!/bin/sh\\necho ran', { mode: 0o755 });
      return require('child_process').execFileSync('/tmp/tool').toString()`;
    expect(await evaluate(code)).toBe('ran\n');
  });

  test('/tmp takes what it was given and no more', async () => {
    const write = (mb: number): string =>
      `require('fs').writeFileSync('/tmp/big', Buffer.alloc(${mb} * 1024 * 1024)); return 'written'`;
    expect(await evaluate(write(30))).toBe('written');
    expect(await evaluate(write(40))).toEqual({ error: 'ENOSPC' });
    await evaluate(`require('fs').rmSync('/tmp/big')`);
  });

  test('no socket of the engine is in reach', async () => {
    const mounts = await evaluate(`return require('fs').readFileSync('/proc/mounts', 'utf8')`);
    expect(mounts).not.toMatch(/docker\.sock|podman\.sock|containerd\.sock/);
    expect(await evaluate(`return require('fs').existsSync('/var/run/docker.sock')`)).toBe(false);
  });

  test('other processes of the machine are not seen', async () => {
    const pids = await evaluate(
      `return require('fs').readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length`,
    );
    expect(pids).toBeLessThan(5);
  });

  test('open files are limited as on Lambda', async () => {
    const code = `return require('fs').readFileSync('/proc/self/limits', 'utf8').match(/Max open files\\s+(\\d+)/)[1]`;
    expect(await evaluate(code)).toBe('1024');
  });

  test('the memory limit is the function’s, without swap on top', async () => {
    const { HostConfig } = await engine!.docker.getContainer(`faas-subject-${sandbox.id}`).inspect();
    expect(HostConfig).toMatchObject({ Memory: 256 * 1024 * 1024, MemorySwap: 256 * 1024 * 1024 });
  });

  test('this machine is reached by its name', async () => {
    const code = `return (await require('dns').promises.lookup('host.docker.internal', { family: 4 })).address`;
    expect(await evaluate(code)).toBe(workshop.driver.hostAddress);
  });

  test('a server that listens where the driver says is reached', async () => {
    const server = createServer((_request, response) => response.end('hello from outside'));
    server.listen({ host: workshop.driver.listenAddress, port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://${workshop.driver.hostAddress}:${port}/`;
    expect(await evaluate(`return (await fetch(${JSON.stringify(url)})).text()`)).toBe('hello from outside');
    server.close();
  });

  test('the shell and shebang lines work', async () => {
    const run = (command: string): string =>
      `return require('child_process').execSync(${JSON.stringify(command)}).toString()`;
    expect(await evaluate(run('echo $((6 * 7))'))).toBe('42\n');
    expect(await evaluate(run('/usr/bin/env node -p process.version'))).toBe(`${process.version}\n`);
  });
});

describe.skipIf(!engine)(`a function out of hand${engineNote}`, () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await openWorkshop();
  });
  afterAll(() => workshop.close());

  test('that forks without end meets the limit, and is gone with its children after kill', async () => {
    const { sandbox, evaluate } = await workshop.create({ memoryMb: 1024 });
    // Each child stops itself, so that it stays without using CPU or files.
    const bomb = `i=0; while [ $i -lt 1200 ]; do sh -c 'kill -STOP $$' </dev/null >/dev/null 2>&1 & i=$((i+1)); done`;
    const code = `return require('child_process').spawnSync('/bin/sh', ['-c', ${JSON.stringify(bomb)}]).stderr.toString()`;
    expect(await evaluate(code)).toMatch(/fork/i);
    expect(await evaluate('return "alive"')).toBe('alive');
    const { State } = await engine!.docker.getContainer(`faas-subject-${sandbox.id}`).inspect();
    await sandbox.kill();
    expect(() => process.kill(State.Pid, 0)).toThrow('ESRCH');
  });

  test('whose child runs out of memory lives on; its own end by it is told', async () => {
    const { sandbox, evaluate } = await workshop.create({ memoryMb: 192 });
    const hog = `const x = []; for (;;) x.push(Buffer.alloc(1e6, 1));`;
    const child = `return require('child_process').spawnSync('node', ['-e', ${JSON.stringify(hog)}]).signal`;
    expect(await evaluate(child)).toBe('SIGKILL');
    expect(await evaluate('return "alive"')).toBe('alive');
    await expect(evaluate(hog)).rejects.toThrow('the sandbox ended');
    expect(await sandbox.exited).toMatchObject({ oom: true, signal: 'SIGKILL', outside: false });
    await sandbox.kill();
  });

  test('gets no more CPU than it was given', async () => {
    const { sandbox, evaluate } = await workshop.create({ cpus: 0.25 });
    const shares = `
      const [at, used] = [performance.now(), process.cpuUsage()];
      while (performance.now() - at < 1000);
      const { user, system } = process.cpuUsage(used);
      return (user + system) / 1000 / (performance.now() - at)`;
    // Less when the machine is busy; the kernel's accounting may be off by a slice.
    expect(await evaluate(shares)).toBeLessThan(0.3);
    await sandbox.kill();
  });

  test('leaves no zombies behind', async () => {
    const { sandbox, evaluate } = await workshop.create();
    // The grandchild outlives its parent and ends as an orphan, whom only the first process can reap.
    await evaluate(`require('child_process').execSync('(sh -c "exit 0" &) ; true')`);
    const zombies = `
      const fs = require('fs');
      const states = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name))
        .map((pid) => { try { return fs.readFileSync('/proc/' + pid + '/stat', 'utf8'); } catch { return ''; } });
      return states.filter((stat) => / Z /.test(stat)).length`;
    await expect.poll(() => evaluate(zombies)).toBe(0);
    await sandbox.kill();
  });

  test('removed, killed or stopped by someone else ends as such', async () => {
    const deeds = [
      (id: string) => engine!.docker.getContainer(id).remove({ force: true }),
      (id: string) => engine!.docker.getContainer(id).kill(),
      (id: string) => engine!.docker.getContainer(id).stop(),
    ];
    for (const deed of deeds) {
      const { sandbox } = await workshop.create();
      await deed(`faas-subject-${sandbox.id}`);
      expect(await sandbox.exited).toMatchObject({ outside: true, oom: false });
      await sandbox.kill();
    }
  });

  test('killed while it is being frozen is gone', async () => {
    const { sandbox } = await workshop.create();
    const frozen = sandbox.freeze().catch(() => undefined);
    await sandbox.kill();
    await frozen;
    expect(await inventoryOf(engine!, workshop.dataDir)).toEqual([]);
  });

  test('paused by someone else can be killed', async () => {
    const { sandbox } = await workshop.create();
    await engine!.docker.getContainer(`faas-subject-${sandbox.id}`).pause();
    await sandbox.kill();
    expect(await sandbox.exited).toMatchObject({ outside: false });
  });
});
