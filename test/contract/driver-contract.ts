/** The driver contract of runtime/sandbox/sandbox.ts as tests: what every driver has to do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaasError } from '../../runtime/core/errors.ts';
import { dataDirId, newShortId } from '../../runtime/core/ids.ts';
import { silentLogger, type Logger } from '../../runtime/core/log.ts';
import type { Driver, Sandbox } from '../../runtime/sandbox/sandbox.ts';
import { artifact, listenTo, prepare, running, spec, type Subject } from './harness.ts';

export interface DriverSettings {
  dataDir: string;
  sessionId: string;
  log: Logger;
}

/** What exists outside of the driver's own memory: a container, a process. */
export interface Leftover {
  sandboxId: string;
  sessionId: string;
  dataDirId: string;
}

export interface ContractOptions {
  /** False for the fake: nothing runs inside, so the checks that need a function are left out. */
  runsFunctions: boolean;
  /** Everything that the system knows of a data directory's sandboxes: containers or processes, then folders. */
  inventory: (dataDir: string) => Promise<Leftover[]>;
  /** Ends a sandbox as a stranger would. */
  endFromOutside: (sandbox: Sandbox) => Promise<void>;
  /**
   * Runs another process that makes three sandboxes in `dataDir`, one stuck, one frozen and one with children, and is then
   * killed with -9. Returns the pids of the children, as seen inside.
   */
  leaveDeadSession?: (dataDir: string) => Promise<number[]>;
  /** Where process ids inside are those outside: whether one is alive. */
  isAlive?: (pid: number) => Promise<boolean>;
  /** Nothing that runs inside can leave the sandbox, whatever it tries. */
  holdsEscapes?: boolean;
  /** It limits CPU time where it is asked to. */
  limitsCpu?: boolean;
  /** Sandboxes to make at once. */
  many?: number;
}

export function driverContract(
  name: string,
  makeDriver: (settings: DriverSettings) => Driver,
  options: ContractOptions,
): void {
  describe(`the ${name} driver`, () => {
    const { inventory } = options;
    const sessionId = newShortId();
    let dataDir: string;
    let driver: Driver;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'faas-'));
      driver = makeDriver({ dataDir, sessionId, log: silentLogger });
      await driver.start();
    });
    afterEach(async () => {
      const alive = created.splice(0);
      await Promise.all(alive.map((sandbox) => sandbox.kill()));
    });
    afterAll(async () => {
      await driver.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    const created: Sandbox[] = [];
    /** Ended after the test, however it goes. */
    const kept = (subject: Subject): Subject => {
      created.push(subject.sandbox);
      return subject;
    };
    const create = async (settings = {}): Promise<Subject> =>
      kept(listenTo(await driver.create(spec(settings))));
    const run = async (exportName: string, settings = {}): Promise<Subject> =>
      kept(await running(driver, exportName, settings));

    describe('life of a sandbox', () => {
      test('what it creates carries the labels of this runtime', async () => {
        const { sandbox } = await create();
        await sandbox.ready;
        expect(await inventory(dataDir)).toContainEqual({
          sandboxId: sandbox.id,
          sessionId,
          dataDirId: dataDirId(dataDir),
        });
      });

      test('it is ready when it spoke from inside, and takes a revision', async () => {
        const { sandbox } = await create();
        await sandbox.ready;
        await expect(sandbox.place(artifact('behaviours'))).resolves.toMatch(/^\//);
      });

      test('a revision can be placed before it is ready', async () => {
        const { sandbox } = await create();
        const [root] = await Promise.all([sandbox.place(artifact('behaviours')), sandbox.ready]);
        expect(root).toMatch(/^\//);
      });

      test('it takes one revision, once', async () => {
        const { sandbox } = await create();
        await sandbox.place(artifact('behaviours'));
        await expect(sandbox.place(artifact('behaviours'))).rejects.toBeInstanceOf(FaasError);
      });

      test('kill resolves when everything is gone, and says so as often as it is called', async () => {
        const { sandbox } = await create();
        await sandbox.ready;
        await Promise.all([sandbox.kill(), sandbox.kill()]);
        await sandbox.kill();
        expect(await inventory(dataDir)).toEqual([]);
        expect(await sandbox.exited).toMatchObject({ oom: false, outside: false });
      });

      test('killing it before it is ready makes ready reject', async () => {
        const { sandbox } = await create();
        const ready = sandbox.ready.catch((error: unknown) => error);
        await sandbox.kill();
        expect(await ready).toBeInstanceOf(FaasError);
        expect(await inventory(dataDir)).toEqual([]);
      });

      test('killing it makes a placement under way reject, or finds it done', async () => {
        const { sandbox } = await create();
        const placed = sandbox.place(artifact('behaviours')).then(
          () => 'placed',
          () => 'rejected',
        );
        await sandbox.kill();
        expect(['placed', 'rejected']).toContain(await placed);
        await expect(sandbox.place(artifact('behaviours'))).rejects.toBeInstanceOf(FaasError);
      });

      test('closing the channel is noticed on both ends', async () => {
        const { sandbox } = await create();
        await sandbox.ready;
        sandbox.channel.close();
        await expect(sandbox.channel.closed).resolves.toBeUndefined();
        if (options.runsFunctions) expect((await sandbox.exited).oom).toBe(false);
      });

      test('what ends it from outside is told apart', async () => {
        const { sandbox } = await create();
        await sandbox.ready;
        await options.endFromOutside(sandbox);
        expect(await sandbox.exited).toMatchObject({ outside: true, oom: false });
        await sandbox.kill();
        expect(await inventory(dataDir)).toEqual([]);
      });

      test('usage is measured or null', async () => {
        const { sandbox } = await create();
        await sandbox.ready;
        const figures = Object.values(await sandbox.usage());
        expect(figures).toHaveLength(3);
        expect(figures.filter((figure) => figure !== null && !(figure >= 0))).toEqual([]);
      });

      test(`${options.many ?? 20} of them come up at once and go at once`, async () => {
        const subjects = await Promise.all(Array.from({ length: options.many ?? 20 }, () => create()));
        await Promise.all(subjects.map(({ sandbox }) => sandbox.ready));
        const alive = new Set((await inventory(dataDir)).map(({ sandboxId }) => sandboxId));
        expect(alive).toEqual(new Set(subjects.map(({ sandbox }) => sandbox.id)));
        await Promise.all(subjects.map(({ sandbox }) => sandbox.kill()));
        expect(await inventory(dataDir)).toEqual([]);
      });

      test('closing the driver ends what it made, also what is being made, and takes no more', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'faas-'));
        const other = makeDriver({ dataDir: folder, sessionId: newShortId(), log: silentLogger });
        await other.start();
        const { sandbox } = listenTo(await other.create(spec()));
        const late = other.create(spec()).then(
          () => 'created',
          () => 'rejected',
        );
        await other.close();
        await sandbox.exited;
        expect(['created', 'rejected']).toContain(await late);
        await expect(other.create(spec())).rejects.toBeInstanceOf(FaasError);
        expect(await inventory(folder)).toEqual([]);
        await rm(folder, { recursive: true });
      });
    });

    describe.runIf(options.leaveDeadSession)('what a dead session left', () => {
      test('starting sweeps it, and leaves other data directories alone', async () => {
        const folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'faas-'))));
        const pids = await Promise.all(
          folders.map(async (folder) => (await options.leaveDeadSession?.(folder)) ?? []),
        );
        const [swept = '', other = ''] = folders;
        expect(await inventory(other)).not.toEqual([]);
        const living = await create();

        const fresh = makeDriver({ dataDir: swept, sessionId: newShortId(), log: silentLogger });
        await fresh.start();
        expect(await inventory(swept)).toEqual([]);
        expect(await inventory(other)).not.toEqual([]);
        expect(await inventory(dataDir)).not.toEqual([]);
        await living.sandbox.ready;

        const second = makeDriver({ dataDir: other, sessionId: newShortId(), log: silentLogger });
        await second.start();
        expect(await inventory(other)).toEqual([]);
        for (const pid of pids.flat()) expect(await options.isAlive?.(pid)).not.toBe(true);
        await Promise.all([fresh.close(), second.close()]);
        await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
      });
    });

    describe.runIf(options.runsFunctions)('a function inside', () => {
      test('answers calls, one after another, in one process', async () => {
        const { invoke } = await run('echo');
        expect(await invoke({ n: 1 })).toMatchObject({ type: 'result', value: { n: 1 } });
        expect(await invoke({ text: 'ü'.repeat(100_000) })).toMatchObject({ type: 'result' });
        expect(await invoke(['x'])).toMatchObject({ value: ['x'] });
      });

      test('answers of several megabytes arrive whole', async () => {
        const { invoke } = await run('echo');
        const text = 'abc/'.repeat(1_400_000);
        expect(await invoke({ text })).toMatchObject({ value: { text } });
      });

      test('tells what a call used', async () => {
        const { invoke, sandbox } = await run('hold');
        const { usage } = await invoke({ mb: 60 });
        expect(usage.cpuUs).toBeGreaterThan(0);
        expect(usage.peakKb).toBeGreaterThan(60 * 1024);
        expect((await sandbox.usage()).peakMemoryMb).toBeGreaterThan(60);
      });

      test.runIf(process.platform === 'linux')('tells the peak of each call, not of one before', async () => {
        const { invoke } = await run('holdOnce');
        const peaks: number[] = [];
        for (const mb of [1, 120, 1]) peaks.push((await invoke({ mb })).usage.peakKb ?? 0);
        const [before = 0, large = 0, after = 0] = peaks;
        expect(large - before).toBeGreaterThan(100 * 1024);
        expect(large - after).toBeGreaterThan(100 * 1024);
      });

      test.runIf(process.platform === 'linux')('tells what the programs used that a call ran', async () => {
        const { invoke } = await run('runProgram');
        const before = (await invoke()).usage;
        const { usage } = await invoke({ mb: 110, ms: 300 });
        expect(usage.cpuUs - before.cpuUs).toBeGreaterThan(200_000);
        if (options.holdsEscapes) expect(usage.peakKb).toBeGreaterThan(110 * 1024);
        const after = (await invoke()).usage;
        expect(after.cpuUs).toBeLessThan(200_000);
        expect(after.peakKb).toBeLessThan(110 * 1024);
      });

      test('tells no peak above its memory: program text is shared with the rest of the machine', async () => {
        const { invoke } = await run('hold');
        const { usage } = await invoke({ mb: 225 });
        expect(usage.peakKb).toBeGreaterThan(225 * 1024);
        expect(usage.peakKb).toBeLessThanOrEqual(256 * 1024);
      });

      test('sees its environment, a directory of its own and nothing of ours', async () => {
        process.env['FAAS_TEST_SECRET'] = 'secret';
        const subject = kept(await prepare(driver, { bootEnv: { NODE_OPTIONS: '--no-warnings' } }));
        await subject.init('environment', { env: { GREETING: 'hello', AWS_REGION: 'eu-central-1' } });
        const answer = await subject.invoke();
        delete process.env['FAAS_TEST_SECRET'];
        const { env, cwd } = (answer as { value: { env: Record<string, string>; cwd: string } }).value;
        expect(env).toMatchObject({
          GREETING: 'hello',
          AWS_REGION: 'eu-central-1',
          NODE_OPTIONS: '--no-warnings',
          _HANDLER: 'index.environment',
          AWS_LAMBDA_FUNCTION_NAME: 'subject',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
          TZ: ':UTC',
        });
        expect(env['LAMBDA_TASK_ROOT']).toBe(cwd);
        expect(env['AWS_EXECUTION_ENV']).toMatch(/^AWS_Lambda_nodejs\d+\.x$/);
        expect(Object.keys(env)).not.toContain('FAAS_CHANNEL');
        expect(Object.keys(env)).not.toContain('FAAS_TEST_SECRET');
        expect(env['HOME']).not.toBe(process.env['HOME'] ?? '');
      });

      test('has a temporary folder that no other sandbox sees', async () => {
        const [one, two] = [await run('writeTmp'), await run('writeTmp')];
        await one.invoke({ name: 'mine', bytes: 2 * 1024 * 1024 });
        expect(await two.invoke({ name: 'other', bytes: 1 })).toMatchObject({ value: ['other'] });
        const { tmpMb } = await one.sandbox.usage();
        if (tmpMb !== null) expect(tmpMb).toBeGreaterThanOrEqual(2);
      });

      test('is heard line by line, in order, before its answer', async () => {
        const { invoke, logs } = await run('print');
        await invoke({}, { requestId: 'r-1' });
        expect(logs).toMatchObject([
          { level: 'INFO', stream: 'stdout', text: 'first { a: 1 }', requestId: 'r-1' },
          { level: 'WARN', stream: 'stderr', text: 'two\nlines' },
          { level: null, stream: 'stdout', text: 'written in parts' },
          { level: null, stream: 'stderr', text: 'to stderr' },
          { level: 'ERROR', stream: 'stderr', text: 'last' },
          { level: null, stream: 'stdout', text: 'and ' },
        ]);
      });

      test('is heard also through its child processes', async () => {
        const { invoke, raw } = await run('printFromChild');
        await invoke();
        await expect
          .poll(() => raw)
          .toEqual(
            expect.arrayContaining([
              { stream: 'stdout', line: 'child out' },
              { stream: 'stderr', line: 'child err' },
            ]),
          );
      });

      test.each(['busyLoop', 'sleepForever'])('that never ends (%s) is ended by kill', async (handler) => {
        const { invoke, sandbox, logs } = await run(handler);
        const call = invoke().catch((error: Error) => error.message);
        if (handler === 'busyLoop')
          await expect.poll(() => logs.map(({ text }) => text)).toEqual(['looping']);
        await sandbox.kill();
        expect(await call).toContain('the sandbox ended');
        expect(await inventory(dataDir)).toEqual([]);
      });

      test.each([0, 3])(
        'that exits with %i is known by its code, and its last words are kept',
        async (code) => {
          const { invoke, sandbox, logs } = await run('exit');
          await expect(invoke({ code })).rejects.toThrow('the sandbox ended');
          expect(await sandbox.exited).toMatchObject({ code, signal: null, oom: false, outside: false });
          expect(logs.map(({ text }) => text)).toEqual(['before the exit', 'half a line']);
        },
      );

      test("that crashes is no one else's deed", async () => {
        const { invoke, sandbox } = await run('abort');
        await expect(invoke()).rejects.toThrow('the sandbox ended');
        expect(await sandbox.exited).toMatchObject({ oom: false, outside: false });
      });

      test.each(['leakBuffers', 'leakHeap'])(
        'that uses up its memory (%s) is known by it',
        async (handler) => {
          const { invoke, sandbox } = await run(handler, { memoryMb: 128 });
          await expect(invoke()).rejects.toThrow('the sandbox ended');
          expect(await sandbox.exited).toMatchObject({ oom: true, outside: false });
        },
      );

      test('takes its children along, however they hide', async () => {
        const { invoke, sandbox } = await run('leaveChildren');
        const answer = await invoke();
        await sandbox.kill();
        expect(await inventory(dataDir)).toEqual([]);
        const pids = (answer as { value: number[] }).value;
        expect(pids).toHaveLength(3);
        for (const pid of pids) expect(await options.isAlive?.(pid)).not.toBe(true);
      });

      test.runIf(options.holdsEscapes)(
        'whose child uses up the memory loses the child only, and a kill from outside is still told apart',
        async () => {
          const { invoke, sandbox } = await run('leakInChild', { memoryMb: 128 });
          expect(await invoke()).toMatchObject({ value: { code: null, signal: 'SIGKILL' } });
          // Some calls later what became of the child is no cause any more.
          const later = performance.now() + 2_500;
          await expect
            .poll(async () => (await invoke('echo')) && performance.now() > later, { timeout: 10_000 })
            .toBe(true);
          await options.endFromOutside(sandbox);
          expect(await sandbox.exited).toMatchObject({ oom: false, outside: true });
        },
      );

      test.runIf(options.holdsEscapes)(
        'takes along what left the process group, forgot its environment and lost its parent',
        async () => {
          const { invoke, sandbox } = await run('letGo');
          const answer = (await invoke()) as { value: number };
          if (options.isAlive) expect(await options.isAlive(answer.value)).toBe(true);
          await sandbox.kill();
          expect(await inventory(dataDir)).toEqual([]);
          expect(await options.isAlive?.(answer.value)).not.toBe(true);
        },
      );

      test.runIf(options.limitsCpu)('gets as much CPU as it has processors', async () => {
        const { invoke } = await run('work', { cpus: 0.2 });
        await invoke({ ms: 50 });
        const { usage } = await invoke({ ms: 600 });
        // 120 ms and what a period's rest allows; a busy machine gives less, never more.
        expect(usage.cpuUs).toBeLessThan(300_000);
      });

      test('takes its children along when it exits by itself', async () => {
        const { invoke, sandbox } = await run('exitBeforeChildren');
        await expect(invoke()).rejects.toThrow('the sandbox ended');
        expect(await sandbox.exited).toMatchObject({ code: 3, outside: false });
        await sandbox.kill();
        expect(await inventory(dataDir)).toEqual([]);
      });

      test.each(['spin', 'spinInChild'])(
        'gets no CPU while it is frozen, and goes on when it is thawed (%s)',
        async (handler) => {
          const { sandbox, invoke } = await run(handler);
          const cpuMs = async (): Promise<number> => (await sandbox.usage()).cpuMs ?? Number.NaN;
          await invoke();
          const atStart = await cpuMs();
          await expect.poll(cpuMs).toBeGreaterThan(atStart);
          await sandbox.freeze();
          const before = await cpuMs();
          // Time has passed when another sandbox has worked.
          await (await run('work')).invoke({ ms: 200 });
          // A process counts as frozen a moment before it is off its processor.
          expect((await cpuMs()) - before).toBeLessThan(1);
          await sandbox.thaw();
          await expect.poll(cpuMs).toBeGreaterThan(before);
          expect(await invoke()).toMatchObject({ type: 'result' });
        },
      );

      test.each(['spin', 'spinInChild'])('can be killed while it is frozen (%s)', async (handler) => {
        const { sandbox, invoke } = await run(handler);
        await invoke();
        await sandbox.freeze();
        await sandbox.kill();
        expect(await sandbox.exited).toMatchObject({ oom: false, outside: false });
        expect(await inventory(dataDir)).toEqual([]);
      });

      test('hears after a thaw what was said to it while it was frozen', async () => {
        const { sandbox, invoke } = await run('echo');
        await sandbox.freeze();
        const answers = [invoke('one'), invoke('two')];
        await (await run('work')).invoke({ ms: 20 });
        await sandbox.thaw();
        expect(await Promise.all(answers)).toMatchObject([{ value: 'one' }, { value: 'two' }]);
      });

      test('can be frozen and thawed again and again, in whichever order it is asked', async () => {
        const { sandbox, invoke } = await run('echo');
        for (const step of ['thaw', 'freeze', 'freeze', 'thaw', 'thaw', 'freeze', 'thaw'] as const)
          await sandbox[step]();
        expect(await invoke('still here')).toMatchObject({ value: 'still here' });
      });

      test('that exits while it is frozen from outside is known by it', async () => {
        const { sandbox } = await run('echo');
        await sandbox.freeze();
        await options.endFromOutside(sandbox);
        expect(await sandbox.exited).toMatchObject({ outside: true, oom: false });
      });
    });
  });
}
