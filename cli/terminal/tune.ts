import type { TunedSize } from '../../runtime/tune/choose.ts';
import type { TuneResult } from '../../runtime/tune/tune.ts';
import type { Colors } from '../context.ts';
import { bar } from './bars.ts';
import { formatMs, plural, printable } from './format.ts';
import { table } from './table.ts';
import { formatUsd } from './usd.ts';

const BAR_WIDTH = 16;

/** The curve of cost and speed, what to choose on it, and what it cannot tell. */
export function tuneTable(result: TuneResult, colors: Colors): string {
  const { bold, dim } = colors;
  return [
    `${bold(result.function)}: ${plural(result.runs, 'warm call')} at each size on the ${result.driver} driver, the quickest and slowest tenth left out`,
    '',
    curve(result, colors),
    '',
    ...choices(result, colors),
    '',
    ...caveats(result).map((line) => dim(line)),
  ].join('\n');
}

function curve({ sizes, choices: chosen }: TuneResult, colors: Colors): string {
  const mostMs = Math.max(...sizes.map(({ durationMs }) => durationMs?.mean ?? 0));
  const mostUsd = Math.max(...sizes.map(usdOf));
  const right = { align: 'right' as const };
  const columns = [
    { title: 'MEMORY', ...right },
    { title: 'CPU', ...right },
    { title: 'COLD', ...right },
    { title: 'DURATION', ...right },
    { title: '' },
    { title: '$ PER MILLION', ...right },
    { title: '' },
    { title: '' },
  ];
  const rows = sizes.map((size) => {
    const { memoryMb, cpus, coldStartMs, durationMs, usdPerMillion, failed } = size;
    const tags = Object.entries(chosen ?? {}).flatMap(([name, mb]) => (mb === memoryMb ? [name] : []));
    return [
      `${memoryMb} MB`,
      cpus.toFixed(2),
      coldStartMs === null ? '–' : formatMs(coldStartMs),
      durationMs === null ? '–' : formatMs(durationMs.mean),
      colors.cyan(bar(durationMs?.mean ?? 0, mostMs, BAR_WIDTH)),
      usdPerMillion === null ? '–' : formatUsd(usdOf(size)),
      colors.yellow(bar(usdOf(size), mostUsd, BAR_WIDTH)),
      failed === null ? colors.green(tags.join(', ')) : colors.red(whyNot(failed)),
    ];
  });
  return table(columns, rows, colors);
}

const usdOf = ({ usdPerMillion }: TunedSize): number => Number(usdPerMillion?.toString() ?? 0);

function whyNot({ outcome, message }: NonNullable<TunedSize['failed']>): string {
  const text = (printable(message ?? '').split('\n')[0] ?? '').replace(/^RequestId: \S+ (?:Error: )?/u, '');
  return `${outcome}${text === '' ? '' : `: ${text.slice(0, 60)}`}`;
}

function choices({ sizes, choices: chosen, currentMemoryMb }: TuneResult, { red, bold }: Colors): string[] {
  if (chosen === null) return [red('No size let the function succeed: is this the right event?')];
  const now = sizes.find(({ memoryMb }) => memoryMb === currentMemoryMb);
  return (['cheapest', 'fastest', 'balanced'] as const).map((choice) => {
    const size = sizes.find(({ memoryMb }) => memoryMb === chosen[choice]);
    const text = `${choice.padEnd(8)}  ${bold(`${chosen[choice]} MB`)}`;
    return size === undefined ? text : `${text}${comparedWith(size, now)}`;
  });
}

/** `, 2.1 times as fast and 4 % dearer than the 128 MB it has` */
function comparedWith(size: TunedSize, now: TunedSize | undefined): string {
  if (now === undefined || size.durationMs === null) return '';
  if (now.memoryMb === size.memoryMb) return ', which it has';
  if (now.durationMs === null) return `, the ${now.memoryMb} MB it has are not enough`;
  const speed = now.durationMs.mean / size.durationMs.mean;
  const cost = usdOf(size) / usdOf(now);
  const faster =
    speed >= 1.05
      ? `${speed.toFixed(1)} times as fast`
      : speed <= 0.95
        ? `${(1 / speed).toFixed(1)} times slower`
        : 'as fast';
  const percent = Math.round(Math.abs(cost - 1) * 100);
  const dearer = percent < 1 ? 'at the same cost' : `${percent} % ${cost > 1 ? 'dearer' : 'cheaper'}`;
  return `, ${faster} and ${dearer} than the ${now.memoryMb} MB it has`;
}

function caveats({ cpuTied, rates, machine }: TuneResult): string[] {
  return [
    ...(cpuTied === false
      ? [
          'CPU could not be tied to memory here: every size ran at full speed, so that only memory and cost are told apart. The docker driver can.',
        ]
      : []),
    ...(machine.load > machine.processors * 2
      ? [
          `This machine was busy (load ${machine.load.toFixed(0)} on ${machine.processors} processors): large sizes had less CPU than they should. Try again when it is quiet.`,
        ]
      : []),
    `${rates.name}, warm calls. This machine’s processors are not Lambda’s: trust the ratios between sizes, not the milliseconds.`,
  ];
}
