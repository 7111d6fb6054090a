import { InvalidArgumentError, Option } from 'commander';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { pointInTime } from '../time-flag.ts';

export const BUDGET_FORMATS = ['table', 'json', 'junit', 'github'] as const;

export interface BudgetFlags {
  since?: number;
  baseline: string;
  tolerance: number;
  strict?: boolean;
  rates?: string;
  format?: (typeof BUDGET_FORMATS)[number];
}

export const define: Define = (command, context) => {
  command
    .addOption(new Option('--since <time>', 'records from when on: 1h, 7d').argParser(pointInTime))
    .option('--baseline <file>', 'the saved state, beside the configuration', 'faas.budget.json')
    .option('--tolerance <share>', 'what may grow without being worse', share, 0.1)
    .option('--strict', 'what is perhaps over, or was not measured, fails too')
    .option('--rates <card>', 'rate card (default: AWS Lambda x86, us-east-1)')
    .addOption(new Option('--format <form>', 'how to print it (default: table)').choices(BUDGET_FORMATS))
    .argument('<action>', 'check, or save')
    .argument('[name]', 'only this function')
    .addHelpText(
      'after',
      `
check: holds the calls of each function's present revision to the limits under budget in faas.config.ts, and compares
them with the saved state. Exits 1 when a limit is surely broken or something is surely worse. save: keeps the present
distributions in faas.budget.json, to be committed. docs/budget.md tells what "surely" means.

Examples:
  $ faas budget save
  $ faas budget check
  $ faas budget check hello --since 1h --strict
  $ faas budget check --format junit > budget.xml
  $ faas budget check --format github`,
    )
    .action((action: string, name: string | undefined, flags: BudgetFlags) =>
      run(context(), action, name, flags),
    );
};

async function run(
  context: Context,
  action: string,
  name: string | undefined,
  flags: BudgetFlags,
): Promise<void> {
  const { checkNow, saveNow } = await import('../budget/run.ts');
  if (action === 'save') return saveNow(context, name, flags);
  if (action === 'check') return checkNow(context, name, flags);
  const { FaasError } = await import('../../runtime/core/errors.ts');
  throw new FaasError('UsageError', `there is no faas budget ${action}`, {
    expected: 'faas budget check or faas budget save',
    got: action,
  });
}

/** `10%` or `0.1`. */
function share(text: string): number {
  const [, amount = '', percent] = /^(\d+(?:\.\d+)?)(%?)$/u.exec(text.trim()) ?? [];
  if (amount === '') throw new InvalidArgumentError('Expected a share such as 10% or 0.1.');
  return percent === '' ? Number(amount) : Number(amount) / 100;
}
