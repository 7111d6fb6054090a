/** `faas cost` of a running runtime and of its data directory after it stopped: the same report, digit by digit. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behaviour, startFaas, workspace } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');

let place: Awaited<ReturnType<typeof workspace>>;
const live = new Map<string, string>();

async function cost(...flags: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, 'cost', ...flags], {
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}

const CASES: [what: string, flags: string[]][] = [
  ['as it is', ['--json']],
  ['by revision', ['--json', '--by', 'revision']],
  ['by hour, as CSV', ['--format', 'csv', '--by', 'hour']],
  ['at every provider', ['--json', '--rates', 'all']],
  ["by a card of one's own", ['--json', '--rates', './card.json']],
  ['with the free tier, for a month', ['--json', '--free-tier', '--project', '2M/month']],
];

beforeAll(async () => {
  place = await workspace();
  const card = { name: 'Ours', effectiveFrom: '2026-01-01', perRequest: '0.1', perGbSecond: '0' };
  await writeFile(join(place.folder, 'card.json'), JSON.stringify(card));
  const functions = {
    echo: { source: behaviour('echo') },
    throws: { source: behaviour('throws') },
  };
  const faas = await startFaas(place.folder, { functions }, ['--driver', 'process']);
  try {
    for (const name of ['echo', 'echo', 'throws']) await fetch(`${faas.url}/${name}`);
    await faas.record(({ function: name }) => name === 'throws');
    for (const [what, flags] of CASES) live.set(what, (await cost(...flags)).stdout);
  } finally {
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
  }
});
afterAll(() => place[Symbol.asyncDispose]());

/** What instances held goes on while they live. */
const withoutIdle = (report: string): string =>
  report
    .replaceAll(/"idleGbSeconds":[\d.]+/g, '"idleGbSeconds":0')
    .replaceAll(/"instances":\d+/g, '"instances":0');

describe('faas cost', () => {
  it.each(CASES)('%s is the same with and without the runtime', async (what, flags) => {
    const { code, stdout, stderr } = await cost(...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(withoutIdle(stdout)).toBe(withoutIdle(live.get(what) ?? ''));
    expect(stdout.length).toBeGreaterThan(100);
  });

  it("bills by a card of one's own", () => {
    const report = JSON.parse(live.get("by a card of one's own")!);
    expect(report.rates).toMatchObject({ id: 'own', name: 'Ours' });
    expect(report.totals).toMatchObject({ invocations: 3, requestsUsd: 0.3, totalUsd: 0.3 });
  });

  it('tells why it was cold and what was not used', async () => {
    const { stdout } = await cost();
    expect(stdout).toMatch(/Cold: \d first/u);
    expect(stdout).toMatch(/echo +2 /u);
  });

  it('writes into a file', async () => {
    const { stdout, stderr } = await cost('--format', 'csv', '-o', 'cost.csv');
    expect(stdout).toBe('');
    expect(stderr).toContain('cost.csv');
    expect(await readFile(join(place.folder, 'cost.csv'), 'utf8')).toMatch(/^function,invocations,/u);
  });

  it.each([
    [['--rates', './none.json'], 'none.json'],
    [['--rates', 'aws'], 'aws-lambda-x86'],
    [['--project', 'often'], '10/s'],
    [['--by', 'colour'], 'revision'],
  ])('%j is a mistake that is named', async (flags, message) => {
    const { code, stderr } = await cost(...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
