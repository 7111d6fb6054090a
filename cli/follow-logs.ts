import type { AdminClient } from './client/admin.ts';
import type { StoredLogLine } from './client/responses.ts';
import type { Context } from './context.ts';
import { FaasError } from '../runtime/core/errors.ts';
import type { LogFilter } from '../runtime/store/store.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { logLine } from './terminal/log-line.ts';

/** Lines from a running runtime: the latest, or with `afterId` the next. */
export const fetchLines = async (
  client: AdminClient,
  { requestId, ...filter }: LogFilter,
): Promise<StoredLogLine[]> =>
  (await client.get<{ lines: StoredLogLine[] }>('/api/logs', { ...filter, request: requestId })).lines;

type LimitedFilter = LogFilter & { limit: number };

/**
 * The stream of events only says that there is something new; the lines themselves are read from the store after the
 * last one that was shown. So none is lost or shown twice, whatever happens to the stream.
 */
export async function followLogs(
  context: Context,
  client: AdminClient,
  filter: LimitedFilter,
): Promise<void> {
  const interrupt = onInterrupt();
  const reader = coalesced(newLines(context, client, filter));
  try {
    while (await streamOnce(client, filter, interrupt.signal, reader.wake)) {
      // The runtime let go of us because we were slow; what was missed is read from the store.
    }
    await reader.settled();
    context.note('The runtime has stopped.');
  } catch (error) {
    if (interrupt.signal.aborted) return;
    if (!(error instanceof FaasError) || error.code !== 'RuntimeNotRunning') throw error;
    context.note('The runtime has stopped.');
  } finally {
    interrupt.dispose();
  }
}

/** Listens until the stream ends; true when it is to be opened again. */
async function streamOnce(
  client: AdminClient,
  filter: LimitedFilter,
  signal: AbortSignal,
  wake: () => void,
): Promise<boolean> {
  for await (const { event } of client.events({ function: filter.function }, signal)) {
    if (event === 'dropped') return true;
    if (event === 'open' || event === 'log') wake();
  }
  return false;
}

/** Shows what came since the last time; the first time the latest lines. */
function newLines(context: Context, client: AdminClient, filter: LimitedFilter): () => Promise<void> {
  let lastId: number | undefined;
  return async () => {
    for (;;) {
      const isFirst = lastId === undefined;
      const lines = await fetchLines(client, lastId === undefined ? filter : { ...filter, afterId: lastId });
      lastId = lines.at(-1)?.id ?? lastId ?? 0;
      if (lines.length > 0) context.write(renderStream(context, lines));
      // Once it follows, a full page means that there may be more.
      if (isFirst || lines.length < filter.limit) return;
    }
  };
}

/** Runs `work` once for all the wake-ups that come while it runs, so that a burst costs one request and not a thousand. */
function coalesced(work: () => Promise<void>): { wake: () => void; settled: () => Promise<void> } {
  let isQueued = false;
  let tail = Promise.resolve();
  let failure: unknown;
  const run = (): Promise<void> => {
    isQueued = false;
    return work();
  };
  return {
    wake: () => {
      if (isQueued) return;
      isQueued = true;
      tail = tail.then(run).catch((error: unknown) => void (failure ??= error));
    },
    settled: async () => {
      await tail;
      if (failure !== undefined) throw failure;
    },
  };
}

const renderStream = (context: Context, lines: StoredLogLine[]): string =>
  context.json ? lines.map((line) => JSON.stringify(line)).join('\n') : logLines(context, lines);

/** Log lines for people, the names of functions aligned. */
export function logLines({ colors }: Context, lines: StoredLogLine[]): string {
  const width = Math.max(0, ...lines.map((line) => line.function.length));
  return lines.map((line) => logLine(line, colors, width)).join('\n');
}
