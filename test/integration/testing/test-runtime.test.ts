/** `faas/testing` as its users write it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createTestRuntime, type TestRuntime } from '../../../gateway/testing/index.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../../support/faas.ts';
import { livingLeftovers } from '../../support/leftovers.ts';

const scratches = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('faas-scratch-'));

describe('a test runtime', () => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: TestRuntime;

  beforeAll(async () => {
    place = await workspace();
    await write('hello', "export const handler = async (event) => ({ hello: event.name ?? 'world' });");
    await write('slow', 'export const handler = () => new Promise((done) => setTimeout(done, 30, 1));');
    await write('broken', "export const handler = async () => { throw new RangeError('no'); };");
    faas = await createTestRuntime({
      cwd: place.folder,
      driver: 'process',
      functions: {
        hello: { source: './hello', triggers: [{ http: 'GET /hi/:name' }], memory: 256 },
        slow: { source: './slow' },
        broken: { source: './broken' },
      },
    });
  });

  afterAll(async () => {
    await faas.close();
    await place[Symbol.asyncDispose]();
  });

  const write = async (name: string, code: string): Promise<void> => {
    await mkdir(join(place.folder, name));
    await writeFile(join(place.folder, name, 'index.mjs'), code);
  };

  test('calls a function and tells what was recorded', async () => {
    const hello = faas.function('hello');
    const { payload, record, error } = await hello.invoke({ name: 'Ada' });
    expect(payload).toEqual({ hello: 'Ada' });
    expect(error).toBeNull();
    expect(record).toMatchObject({ function: 'hello', outcome: 'success', memoryMb: 256 });
    expect(hello.records()).toContainEqual(record);
  });

  test('answers over HTTP at its routes', async () => {
    const answer = await faas.function('hello').fetch('/hi/Ada');
    expect(await answer.json()).toEqual({ hello: 'world' });
    expect((await faas.function('hello').fetch('/nowhere')).status).toBe(404);
  });

  test('gives an error as Lambda does', async () => {
    const { error, payload } = await faas.function('broken').invoke();
    expect(error).toMatchObject({ errorType: 'RangeError', errorMessage: 'no' });
    expect(payload).toBeNull();
  });

  test('starts cold when asked to', async () => {
    const hello = faas.function('hello');
    await hello.invoke();
    expect((await hello.invoke()).record.start).toBe('warm');
    const { record } = await hello.coldStart({ name: 'Bo' });
    expect(record).toMatchObject({ start: 'cold', coldReason: 'first' });
    expect(record.coldStartMs).toBeGreaterThan(0);
  });

  test('deploys a further folder with settings of its own', async () => {
    await write('later', 'export const handler = async () => process.env.WHO;');
    const later = await faas.deploy('./later', { memory: 512, env: { WHO: 'me' } });
    expect((await later.invoke()).payload).toBe('me');
    expect((await later.coldStart()).record).toMatchObject({ start: 'cold', memoryMb: 512 });
  });

  test('knows its functions only', () => {
    expect(() => faas.function('nobody')).toThrow(expect.objectContaining({ code: 'FunctionNotFound' }));
  });

  describe('expects', () => {
    test('money, time and memory within bounds', async () => {
      const hello = faas.function('hello');
      await expect(hello).toCostLessThan(0.01, { event: { name: 'Ada' } });
      await expect(hello).toCostLessThan(0.01, { path: '/hi/Ada', calls: 5, rates: 'aws-lambda-arm64' });
      await expect(hello).toColdStartUnder(30_000, { starts: 2 });
      await expect(hello).toRunUnder(2000);
      await expect(hello).toBillUnder(2000);
      await expect(hello).toLeaveMemoryFree(0.1);
    });

    test.each([
      {
        what: 'money',
        expected: /price of 1,000 calls is \$0\.\d+ \(20 calls\), expected at most \$1\.000e-7/,
      },
      { what: 'cold starts', expected: /p95 of cold starts is .* ms \(3 calls\), expected at most 1\.00 ms/ },
      { what: 'duration', expected: /p95 of durations is .* ms \(20 calls\), expected at most 5\.00 ms/ },
      { what: 'billed time', expected: /billed time of a call is .*, expected at most 5\.00 ms/ },
      { what: 'memory', expected: /free share of the memory is .* %.*, expected at least 99\.0 %/ },
    ])('and says what was seen when they are broken: $what', async ({ what, expected }) => {
      const slow = faas.function('slow');
      const assertions: Record<string, () => Promise<void>> = {
        money: () => expect(slow).toCostLessThan(0.000_000_1),
        'cold starts': () => expect(slow).toColdStartUnder(1, { starts: 3 }),
        duration: () => expect(slow).toRunUnder(5),
        'billed time': () => expect(slow).toBillUnder(5),
        memory: () => expect(slow).toLeaveMemoryFree(0.99),
      };
      await expect(assertions[what]!()).rejects.toThrow(expected);
    });

    test('the opposite too', async () => {
      await expect(faas.function('slow')).not.toRunUnder(5);
      await expect(expect(faas.function('slow')).not.toRunUnder(5000)).rejects.toThrow(
        /expected it not to be/,
      );
    });

    test('a call that fails, fails it', async () => {
      await expect(expect(faas.function('broken')).toRunUnder(5000)).rejects.toThrow(/RangeError no/);
    });

    test('a function and nothing else', async () => {
      await expect(expect('hello').toRunUnder(1)).rejects.toThrow(/function of a test runtime/);
    });
  });
});

test('a test runtime that is closed leaves neither processes nor folders', async () => {
  await using place = await workspace();
  await writeFile(join(place.folder, 'index.mjs'), 'export const handler = async () => 1;');
  const before = scratches();
  let made: string[] = [];
  {
    await using faas = await createTestRuntime({
      driver: 'process',
      functions: { one: { source: place.folder } },
    });
    await faas.function('one').invoke();
    made = scratches().filter((name) => !before.includes(name));
    expect(made.length).toBeGreaterThan(0);
  }
  const left = scratches();
  expect(made.filter((name) => left.includes(name))).toEqual([]);
  expect(made.flatMap((name) => livingLeftovers(join(tmpdir(), name)))).toEqual([]);
});

test('a function that does not build fails the test and leaves nothing', async () => {
  await using place = await workspace();
  await writeFile(join(place.folder, 'index.mjs'), 'export const handler = (');
  const started = createTestRuntime({ driver: 'process', functions: { one: { source: place.folder } } });
  await expect(started).rejects.toThrow(expect.objectContaining({ code: 'BuildFailed' }));
});

test('without functions the project’s own configuration is read', async () => {
  await using place = await workspace();
  await mkdir(join(place.folder, 'greet'));
  await writeFile(join(place.folder, 'greet/index.mjs'), "export const handler = async () => 'hi';");
  const config = JSON.stringify({ functions: { greet: { source: './greet', memory: 192 } } });
  await writeFile(join(place.folder, 'faas.config.json'), config);
  await using faas = await createTestRuntime({ cwd: place.folder, driver: 'process' });
  expect((await faas.function('greet').invoke()).record.memoryMb).toBe(192);
});
