/** Reports over a ledger of a million records: the whole command, and the most memory it ever held. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { writeMillionRecords } from '../under-test/million-records.ts';
import { alone } from './figures.ts';
import type { Bench, Row, Scenario } from './row.ts';

const KINDS = {
  function: ['--by', 'function'],
  hour: ['--by', 'hour'],
  html: ['--format', 'html', '--project'],
  providers: ['--rates', 'all'],
} as const;
type Kind = keyof typeof KINDS;

const TITLES: Record<Kind, string> = {
  function: 'by function',
  hour: 'by hour',
  html: 'as HTML, with a projection',
  providers: 'compared on every rate card',
};

const rows = Object.entries(TITLES).flatMap(([kind, title]): Row[] => [
  { id: `report-${kind}`, title, unit: 'ms', yardstick: null, goal: { kind: 'at-most', limit: 2000 } },
  {
    id: `report-${kind}-memory`,
    title: `${title}: most memory`,
    unit: 'MB',
    yardstick: null,
    goal: { kind: 'at-most', limit: 200 },
  },
]);

export const reports: Scenario = {
  name: 'reports',
  heading: 'faas cost over a million records, the whole command',
  drivers: [null],
  rows,
  async measure(bench) {
    const folder = await mkdtemp(join(bench.folder, 'reports-'));
    try {
      writeMillionRecords(join(folder, '.faas'));
      const measured = await measureAll(bench, folder);
      return Object.fromEntries(
        measured.flatMap(({ kind, ms, megabytes }) => [
          [`report-${kind}`, alone(ms)],
          [`report-${kind}-memory`, alone(megabytes)],
        ]),
      );
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

async function measureAll(bench: Bench, folder: string) {
  const all = Object.entries(KINDS).map(([kind, flags]) => ({
    kind,
    flags,
    ms: new Array<number>(),
    megabytes: new Array<number>(),
  }));
  // The first report fills the page cache, for all of them, and does not count.
  await report(bench, folder, KINDS.hour);
  for (let round = bench.samples(3, 1); round > 0; round -= 1) {
    for (const one of all) {
      const { ms, megabytes } = await report(bench, folder, one.flags);
      one.ms.push(ms);
      one.megabytes.push(megabytes);
    }
  }
  return all;
}

/** Prints, behind everything else, the most memory the process held. */
const PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\nmaxrss '+process.resourceUsage().maxRSS+'\\n'))`;

async function report(
  { product }: Bench,
  cwd: string,
  flags: readonly string[],
): Promise<{ ms: number; megabytes: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', PEAK, product.command, 'cost', ...flags], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const ms = performance.now() - startedAt;
  const kilobytes = /maxrss (\d+)/.exec(stderr)?.[1];
  if (code !== 0 || kilobytes === undefined) throw new Error(`faas cost ${flags.join(' ')}: ${stderr}`);
  return { ms, megabytes: Number(kilobytes) / 1024 };
}
