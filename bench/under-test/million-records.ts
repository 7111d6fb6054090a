/** A ledger as a busy month leaves it: five functions, one call in twenty cold, every duration another. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { silentLogger } from '../../runtime/core/log.ts';
import type { InvocationRecord } from '../../runtime/core/types.ts';
import { openStore } from '../../runtime/store/open.ts';

const MONTH_MS = 30 * 24 * 3_600_000;
const FIRST = Date.UTC(2026, 9, 1);
const NAMES = ['checkout', 'search', 'thumbnail', 'webhook', 'report'] as const;
const REASONS = ['first', 'scale-out', 'expired', 'new-revision', 'crashed'] as const;

export function writeMillionRecords(dataDir: string, count = 1_000_000): void {
  mkdirSync(dataDir, { recursive: true });
  const store = openStore(dataDir, { log: silentLogger });
  try {
    for (let index = 0; index < count; index += 1) store.ledger.append(sampleRecord(index, count));
  } finally {
    store.close();
  }
}

/** The record of that index among `count` of a month. */
export function sampleRecord(index: number, count: number): InvocationRecord {
  // Steps through all residues, so that neighbours differ in everything.
  const scattered = (index * 7919) % 100_003;
  const which = scattered % NAMES.length;
  const isCold = scattered % 20 === 0;
  const durationMs = 1 + scattered / 250;
  const initMs = isCold ? 40 + (scattered % 9973) / 40 : null;
  return {
    requestId: randomUUID(),
    function: NAMES[which] ?? 'checkout',
    revision: `0123456789a${which}`,
    instance: `0123456789${(scattered % 90) + 10}`,
    trigger: { type: 'http', source: `ANY /${NAMES[which]}` },
    outcome: scattered % 250 === 0 ? 'error' : 'success',
    errorType: null,
    errorMessage: null,
    start: isCold ? (scattered % 40 === 0 ? 'prewarmed' : 'cold') : 'warm',
    coldReason: isCold ? (REASONS[scattered % REASONS.length] ?? 'first') : null,
    receivedAt: FIRST + (index / count) * MONTH_MS,
    phases: {
      queueMs: 0.01,
      provisionMs: isCold ? 12.5 : null,
      bootMs: isCold ? 41.25 : null,
      initMs,
      thawMs: null,
      handlerMs: durationMs,
    },
    coldStartMs: initMs === null ? 0 : initMs + 53.75,
    durationMs,
    billedMs: Math.ceil(durationMs + (initMs ?? 0)),
    memoryMb: 128 * 2 ** which,
    maxMemoryMb: 60 + (scattered % 60),
    cpuMs: durationMs / 2,
    tmpMb: 512,
    tmpUsedMb: null,
    requestBytes: 320,
    responseBytes: 210,
    attempt: 1,
    parentRequestId: null,
  };
}
