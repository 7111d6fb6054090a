import type { Runtime } from '../../runtime/api.ts';
import type { FaasError } from '../../runtime/core/errors.ts';
import type { InvocationRecord, LogLine, Trigger, TriggerSource } from '../../runtime/core/types.ts';
import type { Context } from '../context.ts';
import { functionView } from '../../gateway/admin/views.ts';
import { errorDocument } from '../terminal/errors.ts';
import { logLine } from '../terminal/log-line.ts';
import { plural } from '../terminal/format.ts';
import { Printer } from '../terminal/printer.ts';
import { recordLine, triggerText, type Widths } from '../terminal/record-line.ts';
import { version } from '../version.ts';
import { banner, type Addresses } from './banner.ts';

export interface FailedDeploy {
  name: string;
  error: FaasError;
}

export interface Ready {
  addresses: Addresses;
  failed: FailedDeploy[];
  readyMs: number;
}

/**
 * What `faas start` prints: that it is ready, then a line per finished invocation. Events that were pending from the
 * last session may finish before it is ready; their lines wait, so that the first line is always the ready one.
 *
 * @returns call it once the runtime answers
 */
export function followRuntime(context: Context, runtime: Runtime): (ready: Ready) => void {
  let widths: Widths = { function: 0, trigger: 0 };
  const held: string[] = [];
  let print = (line: string): void => void held.push(line);
  runtime.events.on('record', (record) => print(formatRecord(context, record, widths)));
  if (!context.json) {
    runtime.events.on('log', (line) => {
      // A record's REPORT line says what the line of the record says.
      if (line.stream !== 'system') print(formatLog(context, line));
    });
  }
  return (ready) => {
    widths = initialWidths(runtime);
    context.write(context.json ? readyLine(runtime, ready) : readyPage(context, runtime, ready));
    const printer = new Printer(context.io.stdout, (count) =>
      context.note(`${plural(count, 'line')} not printed: nobody reads this output (faas logs has them)`),
    );
    for (const line of held) printer.print(line);
    print = (line) => printer.print(line);
  };
}

function formatRecord({ json, colors }: Context, record: InvocationRecord, widths: Widths): string {
  if (json) return JSON.stringify(record);
  widths.function = Math.max(widths.function, record.function.length);
  widths.trigger = Math.max(widths.trigger, triggerText(record).length);
  return recordLine(record, colors, widths);
}

const formatLog = ({ colors }: Context, line: LogLine): string =>
  logLine(line, colors).replaceAll(/^/gmu, `  ${colors.dim('│')} `);

/** As wide as what is deployed needs; what comes later makes the columns wider and never narrower. */
function initialWidths(runtime: Runtime): Widths {
  const settings = runtime.functions().map((deployed) => deployed.settings);
  const triggers = settings.flatMap((one) =>
    one.triggers.map((trigger) => triggerText({ trigger: sourceOf(trigger) })),
  );
  return { function: widest(settings.map(({ name }) => name)), trigger: widest(triggers) };
}

const sourceOf = (trigger: Trigger): TriggerSource =>
  trigger.type === 'http'
    ? { type: 'http', source: `${trigger.method} ${trigger.path}` }
    : { type: 's3', source: trigger.bucket };

const widest = (texts: string[]): number => Math.max(0, ...texts.map((text) => text.length));

function readyPage(context: Context, runtime: Runtime, { addresses, readyMs }: Ready): string {
  const functions = runtime.functions().map((deployed) => functionView(deployed, addresses.url));
  return banner(context, { version: version(), driver: runtime.driver, addresses, functions, readyMs });
}

function readyLine(runtime: Runtime, { addresses, failed }: Ready): string {
  const { url, adminUrl, awsEndpoint, awsTlsEndpoint, caFile } = addresses;
  return JSON.stringify({
    event: 'ready',
    url,
    adminUrl,
    awsEndpoint,
    ...(awsTlsEndpoint !== undefined && { awsTlsEndpoint, caFile }),
    driver: runtime.driver.name,
    pid: process.pid,
    dataDir: runtime.dataDir,
    functions: runtime.functions().map(({ settings }) => settings.name),
    failed: failed.map(({ name, error }) => ({ name, ...errorDocument(error) })),
  });
}
