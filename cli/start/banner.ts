import type { FunctionView } from '../client/responses.ts';
import type { Context } from '../context.ts';
import { formatMs } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';
import { colorOf } from '../terminal/log-line.ts';

export interface Addresses {
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  awsTlsEndpoint?: string;
  caFile?: string;
}

export interface DriverChoice {
  name: string;
  reason: string;
  isolates: boolean;
}

/** What a person needs to know once the runtime answers. */
export function banner(
  context: Context,
  about: {
    version: string;
    driver: DriverChoice;
    addresses: Addresses;
    functions: FunctionView[];
    readyMs: number;
  },
): string {
  const { bold, dim, green, yellow } = context.colors;
  const { driver, addresses } = about;
  return [
    `${green('●')} ${bold(`faas ${about.version}`)} ${dim(`ready in ${formatMs(about.readyMs)}`)}`,
    '',
    `  ${dim('functions')}       ${bold(addresses.url)}`,
    `  ${dim('AWS endpoint')}    ${addresses.awsEndpoint}  ${dim('AWS_ENDPOINT_URL, keys faas / faas-secret')}`,
    ...overTls(context, addresses),
    `  ${dim('administration')}  ${addresses.adminUrl}`,
    `  ${dim('driver')}          ${driver.name}  ${dim(driver.reason)}`,
    ...(driver.isolates
      ? []
      : [yellow('                  functions run as your user: this driver does not isolate them')]),
    '',
    triggerTable(context, about.functions),
    '',
    dim('  Ctrl-C stops.'),
    '',
  ].join('\n');
}

function overTls({ colors: { dim } }: Context, { awsTlsEndpoint, caFile }: Addresses): string[] {
  if (awsTlsEndpoint === undefined) return [];
  const trust = caFile === undefined ? '' : `AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS: ${caFile}`;
  return [`  ${dim('  over TLS')}      ${awsTlsEndpoint}  ${dim(trust)}`];
}

function triggerTable({ colors }: Context, functions: FunctionView[]): string {
  if (functions.length === 0) {
    return `  ${colors.yellow('no functions yet')}  ${colors.dim('faas new hello, then faas deploy ./hello')}`;
  }
  const rows = functions.flatMap((deployed) =>
    deployed.triggers.map((trigger, index) => {
      const isFirst = index === 0;
      const name = isFirst ? colorOf(deployed.name, colors)(deployed.name) : '';
      const memory = isFirst ? colors.dim(`${deployed.memoryMb} MB`) : '';
      return [name, memory, trigger.type, where(trigger)];
    }),
  );
  const columns = [
    { title: 'FUNCTION' },
    { title: 'MEMORY', align: 'right' as const },
    { title: 'TRIGGER' },
    { title: '' },
  ];
  return table(columns, rows, colors).replaceAll(/^/gmu, '  ');
}

/** `GET http://…/hello/:name`: what to call; `photos/in/*.jpg on ObjectCreated:*`: what to upload. */
function where({ type, description, url }: FunctionView['triggers'][number]): string {
  const space = description.lastIndexOf(' ');
  if (space < 0) return description;
  const [what, target] = [description.slice(0, space), description.slice(space + 1)];
  return type === 'http' ? `${what.padEnd(4)} ${url ?? target}` : `${target} on ${what}`;
}
