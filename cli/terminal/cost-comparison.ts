import type { CostComparisonView } from '../client/responses.ts';
import type { Colors } from '../context.ts';
import { formatMs, plural } from './format.ts';
import { table } from './table.ts';
import { formatUsd } from './usd.ts';

/** The same calls at every provider, cheapest first. */
export function comparisonTable(
  { rows, invocations, from, to, freeTier }: CostComparisonView,
  colors: Colors,
): string {
  if (invocations === 0) return colors.dim('Nothing was invoked in this time.');
  const head = ['RATES', 'SINCE', 'BILLED', 'REQUESTS $', 'COMPUTE $', 'SUM $', 'INVOICE $'].map(
    (title, index) => ({ title, align: index < 2 ? ('left' as const) : ('right' as const) }),
  );
  const cells = rows.map(({ rates, billedMs, requestsUsd, computeUsd, totalUsd, invoiceUsd, unpriced }) => [
    `${rates.name}${unpriced > 0 ? ' *' : ''}`,
    rates.effectiveFrom,
    formatMs(billedMs),
    formatUsd(requestsUsd),
    formatUsd(computeUsd),
    formatUsd(totalUsd),
    colors.bold(formatUsd(invoiceUsd)),
  ]);
  const most = Math.max(...rows.map(({ unpriced }) => unpriced));
  const notes = [
    `${from ?? 'the beginning'} to ${to ?? 'now'}, ${plural(invocations, 'invocation')}; the invoice has the month’s tiers applied and the free tier ${freeTier ? 'subtracted' : 'not subtracted'}`,
    ...(most > 0
      ? [`* without the compute of up to ${plural(most, 'invocation')}: a figure it bills was not read`]
      : []),
    'The durations are those of this machine; what differs between providers’ CPUs is not in here.',
  ];
  return `${table(head, cells, colors)}\n\n${notes.map((note) => colors.dim(note)).join('\n')}`;
}
