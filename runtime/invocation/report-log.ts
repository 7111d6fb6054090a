import type { InvocationRecord, LogLine } from '../core/types.ts';
import { reportLine } from '../metering/report-line.ts';

/** The REPORT line among the function's own output, as AWS writes it there. */
export const reportLogLine = (record: InvocationRecord, at: number): LogLine => ({
  at,
  function: record.function,
  instance: record.instance,
  requestId: record.requestId,
  stream: 'system',
  level: null,
  line: reportLine(record),
});
