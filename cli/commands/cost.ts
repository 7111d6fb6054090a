import { Option } from 'commander';
import { findRuntime } from '../client/locate.ts';
import type { CostReportView } from '../client/responses.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { COST_GROUPS, type CostGroup } from '../../runtime/metering/report.ts';
import { pointInTime } from '../time-flag.ts';

interface CostOptions {
  since?: number;
  until?: number;
  function?: string;
  by: CostGroup;
  rates?: string;
  format?: 'table' | 'json' | 'csv' | 'html';
}

export const define: Define = (command, context) => {
  command
    .option('--since <time>', 'from when on: 24h, 7d, 2026-11-01', pointInTime)
    .option('--until <time>', 'until when: 1h (ago), 2026-12-01', pointInTime)
    .option('--function <name>', 'only this function')
    .addOption(new Option('--by <key>', 'one row per').choices(COST_GROUPS).default('function'))
    .option('--rates <card>', 'rate card (default: AWS Lambda x86, us-east-1)')
    .addOption(
      new Option('--format <form>', 'how to print it (default: table)').choices([
        'table',
        'json',
        'csv',
        'html',
      ]),
    )
    .addHelpText(
      'after',
      `
What the recorded invocations would have cost. The totals are the sum of the records to the last digit; the free tier
is not subtracted. Works with and without a running runtime.

Examples:
  $ faas cost
  $ faas cost --since 7d --by day --format csv
  $ faas cost --function resize --json`,
    )
    .action((options: CostOptions) => cost(context(), options));
};

async function cost(context: Context, options: CostOptions): Promise<void> {
  const { format = context.json ? 'json' : 'table', ...query } = options;
  if (format === 'html') throw notYet();
  const report = await readReport(context, query);
  if (context.json || format === 'json') return context.writeJson(report);
  if (format === 'csv') {
    const { costCsv } = await import('../terminal/cost-csv.ts');
    return context.write(costCsv(report, options.by));
  }
  const { costTable } = await import('../terminal/cost.ts');
  const width = context.io.stdout.columns ?? Infinity;
  context.write(costTable(report, options.by, { colors: context.colors, width }));
}

async function readReport(context: Context, query: Omit<CostOptions, 'format'>): Promise<CostReportView> {
  const client = await findRuntime(context);
  if (client) return client.get<CostReportView>('/api/cost', { ...query });
  const { costFromDataDir } = await import('../offline/cost.ts');
  return costFromDataDir(context, query);
}

const notYet = (): FaasError =>
  new FaasError('UsageError', 'this version prints no HTML report', {
    expected: 'table, json or csv',
    got: '--format html',
    remedy: '--format csv opens in a spreadsheet',
  });
