import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { requireRuntime } from '../client/locate.ts';
import type { InvokeResponse } from '../client/responses.ts';
import { readEvent } from '../event-flag.ts';
import { printable } from '../terminal/format.ts';
import { logLine } from '../terminal/log-line.ts';
import { withProgress } from '../terminal/progress.ts';

interface InvokeOptions {
  data?: string;
  async?: boolean;
  log?: boolean;
}

export const define: Define = (command, context) => {
  command
    .argument('<name>', 'the function')
    .option('-d, --data <json>', 'the event: JSON, @file, or - for stdin (default: {})')
    .option('--async', 'queue the event and return its request id')
    .option('--log', 'print what the function logged, on stderr')
    .addHelpText(
      'after',
      `
The answer is printed on stdout. The exit code is 1 when the function failed.

Examples:
  $ faas invoke hello --data '{"name":"Ada"}'
  $ faas invoke resize --data @event.json --log
  $ echo '{}' | faas invoke hello --data -`,
    )
    .action((name: string, options: InvokeOptions) => invoke(context(), name, options));
};

async function invoke(context: Context, name: string, options: InvokeOptions): Promise<void> {
  const event = await readEvent(context, options.data);
  const client = await requireRuntime(context);
  const path = `/api/functions/${encodeURIComponent(name)}/invoke`;
  if (options.async) {
    const queued = await client.post<{ requestId: string }>(path, { query: { async: 1 }, body: event });
    return context.result(queued, () => queued.requestId);
  }
  const answer = await withProgress(context, `${name} is running`, () =>
    client.post<InvokeResponse>(path, { query: { log: options.log ? 1 : undefined }, body: event }),
  );
  if (options.log) printLog(context, answer);
  if (answer.error) {
    context.exitCode = 1;
    context.note(describeFailure(context, name, answer));
  }
  if (context.json || !answer.error) context.result(answer, () => payloadText(context, answer.payload));
}

/** For eyes on a terminal, one line for programs. */
function payloadText({ io }: Context, payload: unknown): string {
  if (io.stdout.isTTY !== true) return JSON.stringify(payload);
  return typeof payload === 'string' ? printable(payload) : JSON.stringify(payload, null, 2);
}

function printLog(context: Context, { log = [] }: InvokeResponse): void {
  for (const line of log) context.note(logLine(line, context.errorColors));
}

function describeFailure({ errorColors }: Context, name: string, { record, error }: InvokeResponse): string {
  const { red, bold, dim } = errorColors;
  const message = printable(error?.errorMessage ?? record.outcome);
  const heading = `${red(bold('error:'))} ${name} ended with ${record.outcome}: ${error?.errorType ?? record.errorType}: ${message}`;
  // The first line of a trace repeats type and message.
  const trace = (error?.trace ?? []).slice(1).map((line) => dim(`  ${printable(line.trim())}`));
  return [heading, ...trace, dim(`  faas logs --request ${record.requestId}`)].join('\n');
}
