/** What stands under the bill: why it was cold, the invoice, the projection, what was paid for and not used. */
import { COLD_REASONS } from '../../runtime/core/types.ts';
import { exactDigits } from '../client/exact-json.ts';
import type { CostFiguresView, CostReportView } from '../client/responses.ts';
import { formatMs, plural } from './format.ts';
import { formatUsd } from './usd.ts';

/** `cold: 3 first, 1 expired; provision 12 ms, boot 30 ms, init 210 ms (medians)` */
export function coldLine({ coldStarts, coldReasons, coldPhasesMs }: CostFiguresView): string[] {
  if (coldStarts === 0) return [];
  const reasons = COLD_REASONS.flatMap((reason) =>
    coldReasons[reason] > 0 ? [`${coldReasons[reason]} ${reason}`] : [],
  );
  const phases = (['provision', 'boot', 'init'] as const).flatMap((phase) => {
    const { p50 } = coldPhasesMs[phase];
    return p50 === null ? [] : [`${phase} ${formatMs(p50)}`];
  });
  return [
    `Cold: ${reasons.join(', ') || plural(coldStarts, 'start')}${phases.length > 0 ? `; median ${phases.join(', ')}` : ''}`,
  ];
}

export const unpricedLine = ({ unpriced }: CostFiguresView): string[] =>
  unpriced === 0
    ? []
    : [
        `${plural(unpriced, 'invocation')} without a compute charge: a figure this card bills was not read, or it sells no such size`,
      ];

/** Only where it differs from the sum of the records. */
export function invoiceLines({ invoice }: CostReportView): string[] {
  if (invoice === undefined || (exactDigits(invoice.savedUsd) === '0' && !invoice.freeTier)) return [];
  const why = invoice.freeTier ? 'tiers and the free tier applied' : 'tiers applied';
  return [
    ...invoice.months.map(({ month, totalUsd }) => `Invoice of ${month}: ${formatUsd(totalUsd)}`),
    `Invoice: ${formatUsd(invoice.totalUsd)} (${why} month by month; ${formatUsd(invoice.savedUsd)} less than the sum above)`,
  ].slice(invoice.months.length > 1 ? 0 : -1);
}

export function projectionLine({ projection }: CostReportView): string[] {
  if (projection === undefined) return [];
  if (projection === null) return ['Projection: nothing to project from, there are too few records'];
  const { rate, callsPerMonth, bill } = projection;
  const source = rate === 'recorded' ? 'at the recorded rate' : 'at the given rate';
  return [
    `A month ${source}: ${callsPerMonth.toLocaleString('en-US')} calls, ${formatUsd(bill.totalUsd)} (invoice, tiers applied)`,
  ];
}

/** At most so many functions are told of; --json has them all. */
const MOST = 3;

export function wasteLines({ waste = [] }: CostReportView): string[] {
  const tooLarge = waste.filter(({ suggestedMemoryMb }) => suggestedMemoryMb !== null);
  const idle = waste.filter(({ idleGbSeconds }) => Number(exactDigits(idleGbSeconds)) > 0);
  return [
    ...tooLarge
      .slice(0, MOST)
      .map(
        ({ function: name, memoryMb, peakMemoryMb, suggestedMemoryMb, computeUsd, suggestedComputeUsd }) =>
          `${name} uses ${peakMemoryMb ?? '?'} of ${memoryMb} MB` +
          (suggestedComputeUsd === null
            ? `; ${suggestedMemoryMb} MB would do`
            : `; ${suggestedMemoryMb} MB would cost ${formatUsd(suggestedComputeUsd)} instead of ${formatUsd(computeUsd)}, at the same durations (faas tune ${name})`),
      ),
    ...(idle.length === 0 ? [] : [`Held by idle instances: ${idle.slice(0, MOST).map(idleText).join(', ')}`]),
  ];
}

const idleText = ({
  function: name,
  idleGbSeconds,
  busyGbSeconds,
}: NonNullable<CostReportView['waste']>[number]): string => {
  const [idle, busy] = [Number(exactDigits(idleGbSeconds)), Number(exactDigits(busyGbSeconds))];
  return `${name} ${idle.toPrecision(3)} GB-s (${((idle / (idle + busy)) * 100).toFixed(0)} % of its warm time)`;
};
