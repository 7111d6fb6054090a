import { findRuntime } from '../client/locate.ts';
import type { StoredLogLine } from '../client/responses.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../deploy-flags.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { LogFilter } from '../../runtime/store/store.ts';
import { fetchLines, followLogs, logLines } from '../follow-logs.ts';
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
  const filter: LogFilter & { limit: number } = {
    limit: options.limit ?? DEFAULT_LIMIT,
    ...(name === undefined ? {} : { function: name }),
    ...(options.since === undefined ? {} : { since: options.since }),
    ...(options.request === undefined ? {} : { requestId: options.request }),
  };
  const client = await findRuntime(context);
  if (options.follow) return followLogs(context, client ?? throwNotRunning(), filter);
  const lines = client ? await fetchLines(client, filter) : await readLines(context, filter);
  context.result({ lines }, () => logLines(context, lines) || context.colors.dim('No log lines.'));
}

async function readLines(context: Context, filter: LogFilter): Promise<StoredLogLine[]> {
  const { readStore } = await import('../offline/store.ts');
  return readStore(context, (store) => store.logs.lines(filter));
}

function throwNotRunning(): never {
  throw new FaasError('RuntimeNotRunning', 'there is nothing to follow', {
    expected: 'a running runtime',
    got: 'none',
    remedy: 'faas start, or leave --follow out to see what was logged before',
  });
}
