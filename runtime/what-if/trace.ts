/** A trace file: arrivals from elsewhere, a production log for one. */
import { FaasError } from '../core/errors.ts';
import { Arrivals, type Arrival } from './arrivals.ts';
import { LEAD_MS } from './poisson.ts';

interface Call {
  at: number;
  functionIndex: number;
  durationMs: number;
}

/**
 * Lines of `time,duration[,function]`, in any order. `time` is milliseconds (since whenever) or an ISO date, `duration`
 * milliseconds. A heading and lines that begin with `#` are passed over.
 *
 * @param functions names, in the order of the simulation; a line without one means the first
 * @throws FaasError UsageError with the number of the line
 */
export function readTrace(text: string, functions: readonly string[]): Arrivals {
  const lines = text.split(/\r?\n/u);
  const calls = lines.flatMap((line, index) => readLine(line, index, functions));
  if (calls.length === 0) throw mistake('at least one line: time,duration[,function]', 'none');
  const arrivals = new Arrivals();
  for (const call of calls.toSorted((a, b) => a.at - b.at)) arrivals.add(toArrival(call, arrivals.length));
  return arrivals;
}

const toArrival = (call: Call, index: number): Arrival => ({
  ...call,
  afterwards: 'released',
  startedBeforeMs: index === 0 ? LEAD_MS : null,
});

function readLine(line: string, index: number, functions: readonly string[]): Call[] {
  const [time = '', duration = '', name] = line.split(',').map((cell) => cell.trim());
  const isHeading = index === 0 && /^[a-z]/iu.test(time);
  if (time === '' || time.startsWith('#') || isHeading) return [];
  const at = /^\d+(\.\d+)?$/u.test(time) ? Number(time) : Date.parse(time);
  const durationMs = duration === '' ? Number.NaN : Number(duration);
  const functionIndex = name === undefined || name === '' ? 0 : functions.indexOf(name);
  const place = `line ${index + 1}: ${line.slice(0, 80)}`;
  if (!Number.isFinite(at)) throw mistake('a time: milliseconds or an ISO date', place);
  if (!(durationMs >= 0)) throw mistake('a duration in milliseconds, 0 or more', place);
  if (functionIndex < 0) throw mistake(`a function among ${functions.join(', ')}`, place);
  return [{ at, durationMs, functionIndex }];
}

const mistake = (expected: string, got: string): FaasError =>
  new FaasError('UsageError', 'the trace cannot be read', {
    expected,
    got,
    remedy: 'one call a line: 1700000000000,12.5,hello',
  });
