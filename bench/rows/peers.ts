/** The same function under other tools: the figures of the table in docs/performance.md. */
import { setTimeout } from 'node:timers/promises';
import { takeTurns } from '../measure/rounds.ts';
import { install, PEERS, serve, type InstalledPeer, type Peer } from '../peers/peer.ts';
import { timedCall } from '../under-test/cold-call.ts';
import { hasProc, residentMb } from '../under-test/processes.ts';
import { firstAnswer, freePort, listening } from '../under-test/start-command.ts';
import { nodeStart } from '../yardsticks/commands.ts';
import { burstOf } from './burst.ts';
import { alone, compared } from './figures.ts';
import type { Bench, Measured, Row, Scenario } from './row.ts';

const row = (id: string, title: string, unit: Row['unit'], yardstick: string | null = null): Row => ({
  id,
  title,
  unit,
  yardstick,
  goal: null,
});

const ROWS: readonly Row[] = [
  row('start', 'command to first answer', 'ms', 'node -e 0'),
  row('first-call', 'first call', 'ms'),
  row('warm-p50', '1 connection, p50', 'ms'),
  row('warm-p99', '1 connection, p99', 'ms'),
  row('warm-throughput', '10 connections', 'calls/s'),
  row('burst-first', '20 calls of 100 ms at once', 'ms'),
  row('burst-second', 'again, right after', 'ms'),
  row('memory-idle', 'memory, idle', 'MB'),
  row('memory-loaded', 'memory, after load', 'MB'),
];

export const peers: readonly Scenario[] = PEERS.map((peer) => ({
  name: `peer-${peer.name}`,
  heading: peer.name,
  drivers: [null],
  onlyWith: 'peers',
  rows: ROWS.filter(({ id }) => peer.hasFirstCall || id !== 'first-call'),
  async measure(bench) {
    const installed = await install(peer, bench.folder);
    const start = await measureStart(bench, peer, installed);
    const serving = await measureServing(bench, peer, installed);
    return { start: { ...start, note: `version ${installed.version}` }, ...serving };
  },
}));

async function measureStart(bench: Bench, peer: Peer, { folder }: InstalledPeer): Promise<Measured> {
  const oneStart = async (): Promise<number> => {
    const port = await freePort();
    return firstAnswer(await peer.command(port), {
      cwd: folder,
      url: `http://127.0.0.1:${port}`,
      path: '/hello',
    });
  };
  const taken = await takeTurns(
    { ours: oneStart, yardstick: nodeStart },
    { rounds: bench.samples(5, 1), warmUps: bench.samples(1, 0) },
  );
  return compared(taken.ours, taken.yardstick);
}

/** One life of the peer after the other, each from its first call to its memory after load. */
async function measureServing(
  bench: Bench,
  peer: Peer,
  installed: InstalledPeer,
): Promise<Record<string, Measured>> {
  const samples: Record<string, number[]> = {};
  const note = (id: string, value: number): void => void (samples[id] ??= []).push(value);
  for (let life = bench.samples(3, 1); life > 0; life--) {
    await using server = await serve(peer, installed);
    await listening(server.url);
    await setTimeout(1000);
    if (hasProc) note('memory-idle', await residentMb(server.pid));
    note('first-call', (await timedCall(server.url, '/hello')).ms);
    note('burst-first', await burstOf(server.url));
    note('burst-second', await burstOf(server.url));

    const job = { url: server.url, path: '/hello', method: 'GET', bodyBytes: 0, warmUpMs: 500 };
    const durationMs = bench.samples(3000, 300);
    const one = await bench.load.run({ ...job, connections: 1, durationMs });
    note('warm-p50', one.p50Ms);
    note('warm-p99', one.p99Ms);
    const ten = await bench.load.run({ ...job, connections: 10, durationMs });
    note('warm-throughput', ten.perSecond);
    if (hasProc) note('memory-loaded', await residentMb(server.pid));
  }
  return Object.fromEntries(Object.entries(samples).map(([id, values]) => [id, alone(values)]));
}
