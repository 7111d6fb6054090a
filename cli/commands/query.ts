import { findRuntime } from '../client/locate.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../deploy-flags.ts';
import { printable } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';
import type { QueryResult } from '../../runtime/store/query.ts';

interface QueryFlags {
  limit?: number;
}

export const define: Define = (command, context) => {
  command
    .argument('<sql>', 'one SELECT over the views records, instances and logs')
    .option('--limit <n>', 'most rows (default: 1000)', wholeNumber)
    .addHelpText(
      'after',
      `
Reads only: whatever writes, attaches or asks for other tables is refused, and what takes longer than 5 s is stopped.
Times are epoch milliseconds; records.received is the same as text. docs/open-data.md lists the columns.

Examples:
  $ faas query "SELECT function, start, count(*) n, round(avg(duration_ms), 2) ms FROM records GROUP BY 1, 2"
  $ faas query "SELECT received, error_message FROM records WHERE outcome <> 'success' ORDER BY received_at DESC LIMIT 5"
  $ faas query "SELECT end_reason, count(*) FROM instances GROUP BY 1" --json`,
    )
    .action((sql: string, options: QueryFlags) => run(context(), sql, options));
};

async function run(context: Context, sql: string, { limit }: QueryFlags): Promise<void> {
  const result = await ask(context, sql, limit);
  context.result(result, () => resultTable(context, result));
}

async function ask(context: Context, sql: string, limit: number | undefined): Promise<QueryResult> {
  const client = await findRuntime(context);
  if (client) return client.post('/api/query', { body: JSON.stringify({ sql, limit }) });
  const { existingDataDir } = await import('../offline/store.ts');
  const { query } = await import('../../runtime/store/query.ts');
  const dataDir = await existingDataDir(context);
  return query(dataDir, { sql, ...(limit === undefined ? {} : { maxRows: limit }) });
}

function resultTable({ colors }: Context, { columns, rows, truncated }: QueryResult): string {
  if (rows.length === 0) return colors.dim('No rows.');
  const isNumeric = columns.map((_, index) =>
    rows.every((row) => typeof row[index] === 'number' || row[index] === null),
  );
  const heads = columns.map((title, index) => ({
    title: printable(title),
    align: isNumeric[index] ? ('right' as const) : ('left' as const),
  }));
  const text = table(
    heads,
    rows.map((row) => row.map((value) => (value === null ? '–' : printable(String(value))))),
    colors,
  );
  return truncated
    ? `${text}\n\n${colors.dim(`Only the first ${rows.length} rows: --limit shows more.`)}`
    : text;
}
