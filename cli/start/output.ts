import type { Runtime } from '../../runtime/api.ts';
import type { Context } from '../context.ts';
import type { FaasError } from '../../runtime/core/errors.ts';
import { functionView } from '../function-view.ts';
import { logLine } from '../terminal/log-line.ts';
import { recordLine, triggerText, type Widths } from '../terminal/record-line.ts';
import { errorDocument } from '../terminal/errors.ts';
import { version } from '../version.ts';
import { banner, type Addresses } from './banner.ts';

export interface FailedDeploy {
  name: string;
  error: FaasError;
}

interface Ready {
  runtime: Runtime;
  gateways: Addresses;
  failed: FailedDeploy[];
  readyMs: number;
}

/** Says that the runtime answers: a page for people, one line of JSON for programs. */
export function announce(context: Context, { runtime, gateways, failed, readyMs }: Ready): void {
  const { url, adminUrl, awsEndpoint } = gateways;
  const functions = runtime.functions().map((deployed) => functionView(deployed, url));
  if (!context.json) {
    const addresses = { url, adminUrl, awsEndpoint };
    return context.write(
      banner(context, { version: version(), driver: runtime.driver, addresses, functions, readyMs }),
    );
  }
  writeJsonLine(context, {
    event: 'ready',
    url,
    adminUrl,
    awsEndpoint,
    driver: runtime.driver.name,
    pid: process.pid,
    functions: functions.map((deployed) => deployed.name),
    failed: failed.map(({ name, error }) => ({ name, ...errorDocument(error) })),
    dataDir: runtime.dataDir,
  });
}

/** One line per finished invocation; for people also what the functions print. */
export function follow(context: Context, runtime: Runtime): void {
  if (context.json) {
    runtime.events.on('record', (record) => writeJsonLine(context, record));
    return;
  }
  const { colors } = context;
  const widths: Widths = { function: 0, trigger: 0 };
  runtime.events.on('record', (record) => {
    // Columns grow with what they hold and never shrink, so that lines stay aligned.
    widths.function = Math.max(widths.function, record.function.length);
    widths.trigger = Math.max(widths.trigger, triggerText(record).length);
    context.write(recordLine(record, colors, widths));
  });
  runtime.events.on('log', (line) => {
    // The REPORT line says what the record's line already said.
    if (line.stream !== 'system') context.write(`  ${colors.dim('│')} ${logLine(line, colors)}`);
  });
}

const writeJsonLine = (context: Context, value: unknown): void => context.write(JSON.stringify(value));
