import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../runtime/core/clock.ts';
import { createLogger } from '../../../runtime/core/log.ts';
import type { InvocationRecord, LogLine } from '../../../runtime/core/types.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { EventQueue, QueuedEvent, Store } from '../../../runtime/store/store.ts';

/** A folder that is removed when the test ends. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'faas-store-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A clock that stands still until `advance`. */
export function manualClock(start = 1_700_000_000_000): Clock & { advance(ms: number): void } {
  let now = start;
  let timers: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const timer of due) timer.fn();
    },
  };
}

export interface TestStore {
  store: Store;
  dataDir: string;
  clock: ReturnType<typeof manualClock>;
  /** What the store told its logger. */
  messages: string[];
}

export function openTestStore(dataDir = tempDir()): TestStore {
  const clock = manualClock();
  const messages: string[] = [];
  const store = openStore(dataDir, { clock, log: createLogger('debug', (line) => messages.push(line)) });
  onTestFinished(() => store.close());
  return { store, dataDir, clock, messages };
}

/** Every event that is due now, function after function. */
export const allDue = (queue: EventQueue, now: number, exclude: ReadonlySet<number> = new Set()) =>
  queue.functionsDue(now, exclude).flatMap((name) => queue.due(name, now, 1_000_000, exclude));

export function makeRecord(overrides: Partial<InvocationRecord> = {}): InvocationRecord {
  return {
    requestId: crypto.randomUUID(),
    function: 'hello',
    revision: 'abcdef012345',
    instance: '0123456789ab',
    trigger: { type: 'http', source: 'GET /hello/:name' },
    outcome: 'success',
    errorType: null,
    errorMessage: null,
    start: 'warm',
    coldReason: null,
    receivedAt: 1_700_000_000_000.125,
    phases: {
      queueMs: 0.01,
      provisionMs: null,
      bootMs: null,
      initMs: null,
      thawMs: null,
      handlerMs: 1.5,
    },
    coldStartMs: 0,
    durationMs: 1.5,
    billedMs: 2,
    memoryMb: 128,
    maxMemoryMb: 44,
    cpuMs: 0.9,
    tmpMb: 512,
    tmpUsedMb: null,
    requestBytes: 320,
    responseBytes: 210,
    attempt: 1,
    parentRequestId: null,
    ...overrides,
  };
}

export const makeLine = (overrides: Partial<LogLine> = {}): LogLine => ({
  at: 1_700_000_000_000,
  function: 'hello',
  instance: '0123456789ab',
  requestId: null,
  stream: 'stdout',
  level: 'INFO',
  line: 'hello',
  ...overrides,
});

export const makeEvent = (overrides: Partial<QueuedEvent> = {}): QueuedEvent => ({
  requestId: crypto.randomUUID(),
  function: 'resize',
  payload: Buffer.from('{"Records":[]}'),
  trigger: { type: 's3', source: 'photos' },
  parentRequestId: null,
  ...overrides,
});
