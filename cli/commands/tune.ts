import { InvalidArgumentError, Option } from 'commander';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { readEvent } from '../event-flag.ts';
import { createLogger } from '../../runtime/core/log.ts';
import type { Choices } from '../../runtime/tune/choose.ts';
import type { TuneResult } from '../../runtime/tune/tune.ts';
import { withProgress } from '../terminal/progress.ts';

type Choice = keyof Choices;
const CHOICES: readonly Choice[] = ['cheapest', 'fastest', 'balanced'];

interface TuneFlags {
  event?: string;
  sizes: number[];
  runs: number;
  rates?: string;
  driver?: string;
  apply?: true | Choice;
}

/** The last but one is where AWS Lambda gives a whole processor. */
const SIZES = [128, 256, 512, 1024, 1769, 3008];

export const define: Define = (command, context) => {
  command
    .argument('<name>', 'the function')
    .option('-e, --event <json>', 'the event of each call: JSON, @file, or - for stdin (default: {})')
    .addOption(
      new Option('--sizes <mb>', 'memory sizes to try')
        .argParser(memorySizes)
        .default(SIZES, SIZES.join(',')),
    )
    .option('--runs <n>', 'warm calls at each size', runCount, 10)
    .option('--rates <card>', 'rate card: a name or ./card.json (default: AWS Lambda x86)')
    .addOption(new Option('--driver <name>', 'where to run it').choices(['auto', 'docker', 'process']))
    .addOption(
      new Option('--apply [choice]', 'write that size into the configuration (default: balanced)').choices(
        CHOICES,
      ),
    )
    .addHelpText(
      'after',
      `
Calls the function with the same event at several memory sizes, CPU tied to memory as on AWS Lambda, and tells which is
the cheapest, the fastest and the best of both. It runs in a runtime of its own: one that serves is not disturbed.

Examples:
  $ faas tune resize --event @event.json
  $ faas tune resize --event @event.json --sizes 256,512,1024 --runs 30
  $ faas tune resize --event @event.json --apply`,
    )
    .action((name: string, flags: TuneFlags) => tuneCommand(context(), name, flags));
};

async function tuneCommand(context: Context, name: string, flags: TuneFlags): Promise<void> {
  const event = await readEvent(context, flags.event, '--event');
  const { subjectOf } = await import('../tune/subject.ts');
  const subject = await subjectOf(context, name, flags.driver);
  const { rateCardOf } = await import('../cost/ask.ts');
  const card = await rateCardOf(context, flags.rates);
  const { onInterrupt } = await import('../terminal/interrupt.ts');
  const interrupt = onInterrupt();
  const { tune } = await import('../../runtime/tune/tune.ts');
  try {
    const result = await withProgress(context, `tuning ${name}`, (say) =>
      tune({
        ...subject,
        event: Buffer.from(event),
        sizes: flags.sizes,
        runs: flags.runs,
        card,
        log: createLogger(context.options.verbose ? 'debug' : 'error', (line) => context.note(line)),
        onProgress: say,
        signal: interrupt.signal,
      }),
    );
    const { tuneTable } = await import('../terminal/tune.ts');
    context.result(result, () => tuneTable(result, context.colors));
    await conclude(context, flags, result);
  } finally {
    interrupt.dispose();
  }
}

async function conclude(context: Context, { apply }: TuneFlags, result: TuneResult): Promise<void> {
  // It ran nowhere: that is no choice of a size but a failure.
  if (result.choices === null) context.exitCode = 1;
  if (apply === undefined || result.choices === null) return;
  const { applyMemory } = await import('../tune/apply.ts');
  const memoryMb = result.choices[apply === true ? 'balanced' : apply];
  await applyMemory(context, result.function, { from: result.currentMemoryMb, to: memoryMb });
}

const WANTED = 'Expected whole numbers of MB from 128 to 10240, such as 128,256,512.';

function memorySizes(text: string): number[] {
  const sizes = [...new Set(text.split(',').map((size) => Number(size.trim())))];
  const fits = (size: number): boolean => Number.isInteger(size) && size >= 128 && size <= 10_240;
  if (!sizes.every(fits)) throw new InvalidArgumentError(WANTED);
  return sizes.toSorted((a, b) => a - b);
}

function runCount(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= 1000) return runs;
  throw new InvalidArgumentError('Expected a whole number from 1 to 1000.');
}
