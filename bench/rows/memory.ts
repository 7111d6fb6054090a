/** Resident memory beside a bare node:http server's. */
import { setTimeout } from 'node:timers/promises';
import { hasProc, quiet, residentMb } from '../under-test/processes.ts';
import { RuntimeUnderTest, type DriverUnderTest } from '../under-test/runtime.ts';
import { startedFolder } from '../under-test/start-command.ts';
import { startServer } from '../yardsticks/servers.ts';
import { compared } from './figures.ts';
import type { Bench, Measured, NotMeasured, Row, Scenario } from './row.ts';

const row = (id: string, title: string, goal: Row['goal']): Row => ({
  id,
  title,
  unit: 'MB',
  yardstick: 'bare node:http',
  goal,
});

interface Memory {
  idle: number;
  loaded: number;
  prewarmed: number | null;
}

export const memory: Scenario = {
  name: 'memory',
  heading: 'Resident memory',
  drivers: ['docker', 'process'],
  rows: [
    row('memory-idle', 'runtime, two functions, idle', { kind: 'times-at-most', limit: 1.8 }),
    row('memory-prewarmed', 'a prewarmed sandbox', { kind: 'times-at-most', limit: 1.2 }),
    row('memory-loaded', 'runtime, after load', null),
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    if (!hasProc) throw new Error('it is read from /proc, which only Linux has');
    // Not its first start there: that one may build functions and an image, and keeps some of the memory.
    await using folder = await startedFolder(bench, driver);
    const ours: Memory[] = [];
    const bare: Memory[] = [];
    for (let left = bench.samples(3, 1); left > 0; left--) {
      const [one, other] = await sideBySide(bench, driver, folder.path);
      ours.push(one);
      bare.push(other);
    }
    return {
      'memory-idle': side(ours, bare, (one) => one.idle),
      'memory-prewarmed': prewarmedRow(ours, bare),
      'memory-loaded': side(ours, bare, (one) => one.loaded),
    };
  },
};

const side = (ours: Memory[], bare: Memory[], figure: (one: Memory) => number): Measured =>
  compared(ours.map(figure), bare.map(figure));

function prewarmedRow(ours: Memory[], bare: Memory[]): Measured | NotMeasured {
  const found = ours.map(({ prewarmed }) => prewarmed).filter((megabytes) => megabytes !== null);
  if (found.length < ours.length) return { notMeasured: 'no sandbox was prewarmed' };
  return compared(
    found,
    bare.map(({ idle }) => idle),
  );
}

/** Ours and the bare server, which settle at the same time and are under load one after the other. */
async function sideBySide(
  bench: Bench,
  driver: DriverUnderTest,
  folder: string,
): Promise<[ours: Memory, bare: Memory]> {
  await using runtime = await RuntimeUnderTest.startIn(folder, { ...bench, driver, keep: true });
  await using server = await startServer();
  await Promise.all([settled(runtime.pid, () => runtime.sandboxPids()), settled(server.pid)]);
  const [sandbox] = await runtime.sandboxPids();
  const prewarmed = sandbox === undefined ? null : await residentMb(sandbox);
  return [
    { ...(await memoryOf(bench, runtime)), prewarmed },
    { ...(await memoryOf(bench, server)), prewarmed: null },
  ];
}

async function memoryOf(bench: Bench, { url, pid }: { url: string; pid: number }) {
  const idle = await residentMb(pid);
  return { idle, loaded: await afterLoad(bench, url, pid) };
}

/** Long enough for a start's garbage to be gone where it is ever going to go, and for sandboxes to be prewarmed. */
const SETTLE_MS = 1000;

async function settled(pid: number, others: () => Promise<number[]> = async () => []): Promise<void> {
  await setTimeout(SETTLE_MS);
  await quiet(async () => [pid, ...(await others())], { forMs: 200 });
}

async function afterLoad({ load, samples }: Bench, url: string, pid: number): Promise<number> {
  const job = { url, path: '/hello', method: 'GET', bodyBytes: 0, connections: 10, warmUpMs: 0 };
  await load.run({ ...job, durationMs: samples(1000, 300) });
  return residentMb(pid);
}
