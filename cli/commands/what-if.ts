import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { pointInTime } from '../time-flag.ts';
import { durations, duration, numbers, perSecond } from '../what-if/flags.ts';

export interface WhatIfFlags {
  since?: number;
  until?: number;
  trace?: string;
  rate?: number;
  for?: number;
  duration?: number[];
  seed?: number;
  idle?: number[];
  concurrency?: number[];
  provisioned?: number[];
  perInstance?: number[];
  prewarm?: number[];
  memoryBudget?: number[];
  rates?: string;
}

export const define: Define = (command, context) => {
  command
    .argument('[name]', 'only this function')
    .option('--idle <times>', 'idle timeouts to try: 30s,5m', durations)
    .option('--concurrency <numbers>', 'most sandboxes at once, to try: 5,10', numbers({ min: 1, max: 1000 }))
    .option('--provisioned <numbers>', 'provisioned minimums to try', numbers({ min: 0, max: 1000 }))
    .option(
      '--per-instance <numbers>',
      'calls an instance runs at once, to try',
      numbers({ min: 1, max: 1000 }),
    )
    .option('--prewarm <numbers>', 'sandboxes booted ahead, to try', numbers({ min: 0, max: 100 }))
    .option('--memory-budget <mb>', 'memory budgets to try, MB', numbers({ min: 128, max: 1_048_576 }))
    .option('--since <time>', 'recorded calls from when on: 24h, 7d, 2026-11-01', pointInTime)
    .option('--until <time>', 'recorded calls until when', pointInTime)
    .option('--trace <file>', 'calls from a file instead: time,duration[,function] a line')
    .option('--rate <rate>', 'random calls instead, so many a time: 5/s, 90/m, 20/h', perSecond)
    .option('--for <time>', 'for how long, with --rate (default: 1h)', duration)
    .option('--duration <times>', 'what a call takes, with --rate (default: as recorded)', durations)
    .option(
      '--seed <number>',
      'other random calls, with --rate',
      numbers({ min: 0, max: 2 ** 32 - 1, one: true }),
    )
    .option('--rates <card>', 'rate card (default: AWS Lambda x86, us-east-1)')
    .addHelpText(
      'after',
      `
Replays recorded calls through the runtime's own pool, on a clock that jumps, with other settings: how many would have
been cold, how long callers would have waited, what it would have held and cost. The first row is the settings in
force. Reads the data directory; nothing is run, and a running runtime is not disturbed.

Examples:
  $ faas what-if --idle 30s,5m --concurrency 5,10
  $ faas what-if resize --since 7d --provisioned 0,1,2
  $ faas what-if hello --rate 20/m --for 24h --idle 1m,5m,15m
  $ faas what-if hello --trace calls.csv --prewarm 0,1 --json`,
    )
    .action((name: string | undefined, options: WhatIfFlags) => run(context(), name, options));
};

async function run(context: Context, name: string | undefined, flags: WhatIfFlags): Promise<void> {
  const { tryScenarios } = await import('../what-if/try.ts');
  const { whatIfText } = await import('../terminal/what-if.ts');
  const answer = await tryScenarios(context, name, flags);
  const width = context.io.stdout.columns ?? 100;
  context.result(answer, () => whatIfText(answer, { colors: context.colors, width }));
}
