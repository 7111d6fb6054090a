/** A data directory with a week of invocations in it, always the same ones. */
import { mkdirSync } from 'node:fs';
import { silentLogger } from '../../runtime/core/log.ts';
import type { ColdReason, InvocationRecord } from '../../runtime/core/types.ts';
import { openStore } from '../../runtime/store/open.ts';
import { makeRecord } from '../unit/store/harness.ts';

const HOUR_MS = 3_600_000;
const MONDAY = Date.UTC(2026, 10, 16);

const FUNCTIONS = [
  { name: 'checkout', memoryMb: 512, medianMs: 84, peakMb: 188, weight: 6 },
  { name: 'search', memoryMb: 1024, medianMs: 41, peakMb: 240, weight: 9 },
  { name: 'thumbnail', memoryMb: 1769, medianMs: 420, peakMb: 610, weight: 2 },
  { name: 'webhook', memoryMb: 128, medianMs: 9, peakMb: 61, weight: 5 },
  { name: 'nightly-report', memoryMb: 512, medianMs: 3800, peakMb: 470, weight: 0.2 },
] as const;

/** Numbers from 0 to 1 that look random and never change. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function writeLedger(dataDir: string, { records = 20_000 } = {}): void {
  mkdirSync(dataDir, { recursive: true });
  const store = openStore(dataDir, { log: silentLogger });
  try {
    for (const record of invocations(records)) store.ledger.append(record);
  } finally {
    store.close();
  }
}

function* invocations(count: number): Generator<InvocationRecord> {
  const random = sequence(7);
  const total = FUNCTIONS.reduce((sum, { weight }) => sum + weight, 0);
  const week = 7 * 24 * HOUR_MS;
  for (let index = 0; index < count; index += 1) {
    const at = MONDAY + (index / count) * week;
    // Quiet nights: what falls into them moves to the afternoon of the same day.
    const hour = new Date(at).getUTCHours();
    const receivedAt = hour < 6 && random() < 0.8 ? at + 11 * HOUR_MS : at;
    let pick = random() * total;
    const one = FUNCTIONS.find(({ weight }) => (pick -= weight) < 0) ?? FUNCTIONS[0];
    yield invocation(one, receivedAt, random);
  }
}

function invocation(
  { name, memoryMb, medianMs, peakMb }: (typeof FUNCTIONS)[number],
  receivedAt: number,
  random: () => number,
): InvocationRecord {
  const us = (ms: number): number => Math.round(ms * 1000) / 1000;
  // Log-normal by the sum of uniform numbers.
  const spread = Math.exp((random() + random() + random() + random() - 2) * 0.9);
  const durationMs = us(medianMs * spread);
  const isCold = random() < 0.03;
  const isPrewarmed = isCold && random() < 0.5;
  const provisionMs = isCold ? us(isPrewarmed ? 1 + random() * 2 : 180 + random() * 90) : null;
  const bootMs = isCold && !isPrewarmed ? us(40 + random() * 30) : null;
  const initMs = isCold ? us(8 + memoryMb / 20 + random() * 25) : null;
  const reasons: ColdReason[] = ['first', 'scale-out', 'expired', 'expired', 'new-revision'];
  return makeRecord({
    function: name,
    trigger:
      name === 'thumbnail' ? { type: 's3', source: 'photos' } : { type: 'http', source: `ANY /${name}` },
    outcome: random() < 0.004 ? 'error' : 'success',
    start: isCold ? (isPrewarmed ? 'prewarmed' : 'cold') : 'warm',
    coldReason: isCold ? (reasons[Math.floor(random() * reasons.length)] ?? 'first') : null,
    receivedAt: us(receivedAt),
    phases: { queueMs: 0.01, provisionMs, bootMs, initMs, thawMs: null, handlerMs: durationMs },
    coldStartMs: us((provisionMs ?? 0) + (bootMs ?? 0) + (initMs ?? 0)),
    durationMs,
    billedMs: Math.ceil(durationMs),
    memoryMb,
    maxMemoryMb: Math.ceil(peakMb * (0.7 + random() * 0.3)),
    cpuMs: us(durationMs * 0.6),
  });
}
