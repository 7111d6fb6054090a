import { resolve } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import type { CostFlags } from '../cost/ask.ts';
import { projectedRate } from '../cost/project-flag.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { COST_GROUPS, type CostGroup } from '../../runtime/metering/report.ts';
import { pointInTime } from '../time-flag.ts';

interface CostOptions {
  since?: number;
  until?: number;
  function?: string;
  by: CostGroup;
  rates?: string;
  freeTier?: boolean;
  project?: true | number;
  format?: 'table' | 'json' | 'csv' | 'html';
  output?: string;
}

export const define: Define = (command, context) => {
  command
    .option('--since <time>', 'from when on: 24h, 7d, 2026-11-01', pointInTime)
    .option('--until <time>', 'until when: 1h (ago), 2026-12-01', pointInTime)
    .option('--function <name>', 'only this function')
    .addOption(new Option('--by <key>', 'one row per').choices(COST_GROUPS).default('function'))
    .option('--rates <card>', 'rate card: a name, ./card.json, or all to compare (default: AWS Lambda x86)')
    .option('--free-tier', 'subtract what is free each month')
    .option('--project [rate]', 'to a month: as recorded, or 10/s, 5000/day, 2M/month', projectedRate)
    .addOption(
      new Option('--format <form>', 'how to print it (default: table)').choices([
        'table',
        'json',
        'csv',
        'html',
      ]),
    )
    .option('-o, --output <file>', 'write it there instead of printing it')
    .addHelpText(
      'after',
      `
What the recorded invocations would have cost, why they were cold, and which memory was paid for and not used. The
totals are the sum of the records to the last digit. Works with and without a running runtime.

Examples:
  $ faas cost
  $ faas cost --since 7d --by day --format csv
  $ faas cost --rates all
  $ faas cost --project 20/s --free-tier
  $ faas cost --format html -o cost.html`,
    )
    .action((options: CostOptions) => cost(context(), options));
};

async function cost(context: Context, options: CostOptions): Promise<void> {
  const { format: asked = 'table', output, project, ...rest } = options;
  const format = context.json ? 'json' : asked;
  const flags: CostFlags = {
    ...rest,
    ...(project !== undefined && { project: project === true ? ('recorded' as const) : project }),
  };
  const text =
    options.rates === 'all' ? await comparison(context, flags, format) : await report(context, flags, format);
  if (output === undefined) return context.write(text);
  await writeFile(resolve(context.io.cwd, output), `${text}\n`);
  context.note(`Written to ${output}`);
}

async function report(context: Context, flags: CostFlags, format: string): Promise<string> {
  const { by = 'function' } = flags;
  const { askForReport } = await import('../cost/ask.ts');
  const found = await askForReport(context, format === 'html' ? { ...flags, charts: true } : flags);
  switch (format) {
    case 'json':
      return context.jsonText(found);
    case 'csv': {
      const { costCsv } = await import('../terminal/cost-csv.ts');
      return costCsv(found, by);
    }
    case 'html': {
      const { costPage } = await import('../cost/html/page.ts');
      return costPage(found);
    }
    default: {
      const { costTable } = await import('../terminal/cost.ts');
      return costTable(found, by, { colors: context.colors, width: context.io.stdout.columns ?? Infinity });
    }
  }
}

async function comparison(context: Context, flags: CostFlags, format: string): Promise<string> {
  if (format === 'html') throw noComparison(format);
  const { by: _by, rates: _rates, project: _project, ...query } = flags;
  const { askForComparison } = await import('../cost/ask.ts');
  const found = await askForComparison(context, query);
  if (format === 'json') return context.jsonText(found);
  if (format === 'csv') {
    const { comparisonCsv } = await import('../terminal/cost-csv.ts');
    return comparisonCsv(found);
  }
  const { comparisonTable } = await import('../terminal/cost-comparison.ts');
  return comparisonTable(found, context.colors);
}

const noComparison = (format: string): FaasError =>
  new FaasError('UsageError', 'the comparison of rate cards has no such form', {
    expected: 'table, json or csv',
    got: `--rates all --format ${format}`,
    remedy: 'name one rate card for an HTML report',
  });
