/** What is measured, from calls to verdicts, by the commands a user types. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserConfig } from '../../runtime/index.ts';
import { behaviour, startFaas, workspace } from '../support/faas.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');
const CALLS = 30;

let place: Awaited<ReturnType<typeof workspace>>;

const config = (budget: UserConfig['budget']): UserConfig => ({
  driver: 'process',
  functions: { slow: { source: behaviour('sleep-100'), idleTimeout: '1m' } },
  budget,
});

beforeAll(async () => {
  place = await workspace();
  const faas = await startFaas(place.folder, config({}));
  for (let call = 0; call < CALLS; call += 1) await (await fetch(`${faas.url}/slow`)).text();
  await faas.stop();
});

afterAll(() => place[Symbol.asyncDispose]());

async function faas(...args: string[]): Promise<{ code: number; stdout: string }> {
  const run = promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: place.folder });
  return run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { stdout: string; code: number }) => ({ code: error.code, stdout: error.stdout }),
  );
}

const writeConfig = (budget: UserConfig['budget']): Promise<void> =>
  writeFile(join(place.folder, 'faas.config.json'), JSON.stringify(config(budget)));

describe('faas budget', () => {
  test('saves the distributions beside the configuration, and finds the same calls to be the same', async () => {
    await writeConfig({ durationP95: '60s', memoryHeadroom: 0.05 });
    const saved = await faas('budget', 'save', '--json');
    expect(JSON.parse(saved.stdout)).toMatchObject({ functions: ['slow'] });
    const file = await readFile(join(place.folder, 'faas.budget.json'), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ version: 1, functions: { slow: { calls: CALLS } } });
    // A list is one line, so that a diff stays short.
    expect(file.split('\n').length).toBeLessThan(25);

    const { code, stdout } = await faas('budget', 'check', '--json');
    expect(code).toBe(0);
    const check = JSON.parse(stdout) as {
      functions: { findings: unknown[]; changes: { verdict: string }[] }[];
    };
    expect(check).toMatchObject({ ok: true, functions: [{ function: 'slow', calls: CALLS }] });
    expect(check.functions[0]?.findings).toMatchObject([{ verdict: 'within' }, { verdict: 'within' }]);
    expect(check.functions[0]?.changes.every(({ verdict }) => verdict === 'same')).toBe(true);
  });

  test('exits 1 for a limit that is surely broken, in every form', async () => {
    await writeConfig({ durationP95: '20ms' });
    const table = await faas('budget', 'check');
    expect(table.code).toBe(1);
    expect(table.stdout).toMatch(/duration p95 .* ≤ 20\.0 ms .*✖ over/);
    expect(table.stdout).toContain('1 limit broken.');
    const junit = await faas('budget', 'check', '--format', 'junit');
    expect(junit.code).toBe(1);
    expect(XMLValidator.validate(junit.stdout)).toBe(true);
    const github = await faas('budget', 'check', '--format', 'github');
    expect(github.stdout).toMatch(/^::error file=faas\.config\.json,title=faas budget%3A slow::duration p95/);
  });

  test('refuses a file that it has not written', async () => {
    await writeFile(join(place.folder, 'other.json'), '{"version": 9}');
    expect((await faas('budget', 'check', '--baseline', 'other.json')).code).toBe(2);
  });
});

describe('faas what-if', () => {
  test('tries every combination, the settings in force first', async () => {
    const { stdout } = await faas('what-if', 'slow', '--idle', '10ms,5m', '--concurrency', '1,4', '--json');
    const answer = JSON.parse(stdout) as {
      rows: { scenario: object; result: { calls: number; coldStarts: number } }[];
    };
    expect(answer).toMatchObject({ source: 'recorded', calls: CALLS, happened: { calls: CALLS } });
    expect(answer.rows.map(({ scenario }) => scenario)).toEqual([
      {},
      { idleTimeoutMs: 10, concurrency: 1 },
      { idleTimeoutMs: 10, concurrency: 4 },
      { idleTimeoutMs: 300_000, concurrency: 1 },
      { idleTimeoutMs: 300_000, concurrency: 4 },
    ]);
    expect(answer.rows[0]?.result).toMatchObject({ calls: CALLS, coldStarts: 1 });
  });

  test('takes calls from a trace and draws the outcome', async () => {
    const trace = Array.from({ length: 50 }, (_, n) => `${n * 5000},100`).join('\n');
    await writeFile(join(place.folder, 'calls.csv'), `time,duration\n${trace}\n`);
    const { stdout } = await faas('what-if', '--trace', 'calls.csv', '--idle', '2s');
    expect(stdout).toMatch(/50 calls of the trace of slow/);
    expect(stdout).toMatch(/^idle 2s +50 \(100 %\)/m);
    expect(stdout).toMatch(/^idle 2s +█+ 100 %/m);
  });

  test.each([
    { what: 'two sources', args: ['--trace', 'x.csv', '--rate', '1/s'] },
    { what: 'random calls without a rate', args: ['--for', '1h'] },
    { what: 'a function that is not there', args: ['nobody'] },
    { what: 'a list that is none', args: ['--concurrency', '5;10'] },
  ])('refuses $what', async ({ args }) => {
    expect((await faas('what-if', ...args)).code).toBeGreaterThan(0);
  });
});

test('faas query reads the same calls without a runtime', async () => {
  const sql = 'SELECT function, count(*) AS n FROM records GROUP BY 1';
  const { stdout } = await faas('query', sql, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ columns: ['function', 'n'], rows: [['slow', CALLS]] });
  expect((await faas('query', sql)).stdout).toMatch(/^slow +30$/m);
  expect((await faas('query', 'DELETE FROM records')).code).toBe(2);
});
