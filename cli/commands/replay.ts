import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { collect, wholeNumber } from '../deploy-flags.ts';
import { pointInTime } from '../time-flag.ts';

export interface ReplayFlags {
  function?: string;
  since?: number;
  against?: string;
  limit: number;
  ignore?: string[];
  rates?: string;
}

const DEFAULT_LIMIT = 100;

export const define: Define = (command, context) => {
  command
    .option('--function <name>', 'events of this function (needed where several were recorded)')
    .option('--since <time>', 'events from when on: 1h, 1d, 2026-11-01', pointInTime)
    .option('--against <revision>', 'the revision to compare with (default: the one before the present)')
    .option('--limit <n>', 'most events, the newest', wholeNumber, DEFAULT_LIMIT)
    .option('--ignore <path>', 'a field whose differences do not matter: body.time; may be repeated', collect)
    .option('--rates <card>', 'rate card (default: AWS Lambda x86, us-east-1)')
    .addHelpText(
      'after',
      `
Sends recorded events to two revisions, in a runtime of its own that is gone afterwards, and compares answers, durations
and cost. Exits 1 when answers differ. Events are recorded where the configuration says so: record: { events: true }.
What a function does to the outside it does again.

Examples:
  $ faas replay --since 1d
  $ faas replay --function hello --against 3f9a1c
  $ faas replay --function hello --limit 500 --ignore body.servedAt --json`,
    )
    .action((options: ReplayFlags) => run(context(), options));
};

async function run(context: Context, flags: ReplayFlags): Promise<void> {
  const { replayNow } = await import('../replay/run.ts');
  const { replayText } = await import('../terminal/replay.ts');
  const answer = await replayNow(context, flags);
  if (answer.different.length > 0) context.exitCode = 1;
  context.result(answer, () => replayText(answer, context.colors));
}
