import { findRuntime } from '../client/locate.ts';
import type { AdminClient } from '../client/admin.ts';
import type { StoredLogLine } from '../client/responses.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../deploy-flags.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { LogFilter } from '../../runtime/store/store.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { logLine } from '../terminal/log-line.ts';
import { pointInTime } from '../time-flag.ts';

interface LogsOptions {
  follow?: boolean;
  since?: number;
  request?: string;
  limit?: number;
}

const DEFAULT_LIMIT = 1000;

export const define: Define = (command, context) => {
  command
    .argument('[name]', 'only this function')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--since <time>', 'only what is newer: 10m, 2h, 2026-11-24', pointInTime)
    .option('--request <id>', 'only this invocation')
    .option('--limit <n>', `at most the latest n lines (default: ${DEFAULT_LIMIT})`, wholeNumber)
    .addHelpText(
      'after',
      `
With --json: one document; with --follow and --json: one line of JSON per log line.

Examples:
  $ faas logs hello --since 10m
  $ faas logs --follow
  $ faas logs --request 4f6c8a9e-0d52-4d0b-9a52-0f3c3a4c9b1d`,
    )
    .action((name: string | undefined, options: LogsOptions) => logs(context(), name, options));
};

async function logs(context: Context, name: string | undefined, options: LogsOptions): Promise<void> {
  const filter: LogFilter = {
    limit: options.limit ?? DEFAULT_LIMIT,
    ...(name === undefined ? {} : { function: name }),
    ...(options.since === undefined ? {} : { since: options.since }),
    ...(options.request === undefined ? {} : { requestId: options.request }),
  };
  const client = await findRuntime(context);
  if (options.follow) return followLogs(context, client ?? throwNotRunning(), filter);
  const lines = client ? await fetchLines(client, filter) : await readLines(context, filter);
  context.result({ lines }, () => render(context, lines) || context.colors.dim('No log lines.'));
}

const fetchLines = async (
  client: AdminClient,
  { requestId, ...filter }: LogFilter,
): Promise<StoredLogLine[]> =>
  (await client.get<{ lines: StoredLogLine[] }>('/api/logs', { ...filter, request: requestId })).lines;

async function readLines(context: Context, filter: LogFilter): Promise<StoredLogLine[]> {
  const { readStore } = await import('../offline/store.ts');
  return readStore(context, (store) => store.logs.lines(filter));
}

/**
 * The stream of events only says that there is something new; the lines themselves are read from the store after the
 * last one that was shown. So none is lost or shown twice, whatever happens to the stream.
 */
async function followLogs(context: Context, client: AdminClient, filter: LogFilter): Promise<void> {
  const interrupt = onInterrupt();
  let lastId: number | undefined;
  const showNew = async (): Promise<void> => {
    for (;;) {
      const isFirst = lastId === undefined;
      const lines = await fetchLines(client, lastId === undefined ? filter : { ...filter, afterId: lastId });
      lastId = lines.at(-1)?.id ?? lastId ?? 0;
      if (lines.length > 0) context.write(renderStream(context, lines));
      // Once it follows, a full page means that there may be more.
      if (isFirst || lines.length < (filter.limit ?? DEFAULT_LIMIT)) return;
    }
  };
  try {
    const events = client.events({ function: filter.function }, interrupt.signal);
    for await (const { event } of events) {
      if (event === 'open' || event === 'log' || lastId === undefined) await showNew();
    }
    context.note('The runtime has stopped.');
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    interrupt.dispose();
  }
}

const renderStream = (context: Context, lines: StoredLogLine[]): string =>
  context.json ? lines.map((line) => JSON.stringify(line)).join('\n') : render(context, lines);

function render({ colors }: Context, lines: StoredLogLine[]): string {
  const width = Math.max(0, ...lines.map((line) => line.function.length));
  return lines.map((line) => logLine(line, colors, width)).join('\n');
}

function throwNotRunning(): never {
  throw new FaasError('RuntimeNotRunning', 'there is nothing to follow', {
    expected: 'a running runtime',
    got: 'none',
    remedy: 'faas start, or leave --follow out to see what was logged before',
  });
}
