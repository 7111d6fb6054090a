import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { findRuntime, usualDataDir } from '../client/locate.ts';
import type { StatusResponse } from '../client/responses.ts';
import { formatAge, plural } from '../terminal/format.ts';

export const define: Define = (command, context) => {
  command
    .addHelpText('after', '\nThe exit code is 0 when a runtime runs, else 1.\n\nExample:\n  $ faas status')
    .action(() => status(context()));
};

async function status(context: Context): Promise<void> {
  const client = await findRuntime(context);
  if (!client) {
    context.exitCode = 1;
    return context.result({ running: false, dataDir: usualDataDir(context) }, () => notRunning(context));
  }
  const answer = await client.get<StatusResponse>('/api/status');
  context.result({ running: true, ...answer }, () => describe(context, answer));
}

const notRunning = (context: Context): string =>
  `No runtime is running for ${usualDataDir(context)}.\n${context.colors.dim('faas start runs one.')}`;

function describe({ colors }: Context, status: StatusResponse): string {
  const { bold, dim, green, yellow } = colors;
  const facts: [string, string][] = [
    ['functions', status.url],
    ['AWS endpoint', status.awsEndpoint],
    ['administration', status.adminUrl],
    ['driver', `${status.driver.name} ${dim(`(${status.driver.reason})`)}`],
    ['configuration', status.configFile ?? 'none'],
    ['data', status.dataDir],
  ];
  const load = [
    plural(status.functions, 'function'),
    plural(status.instances, 'instance'),
    `${plural(status.queued, 'event')} queued`,
  ].join(', ');
  return [
    `${green('●')} ${bold(`faas ${status.version}`)} has been running for ${formatAge(Date.now() - status.startedAt)}, pid ${status.pid}`,
    ...facts.map(([label, value]) => `  ${dim(label.padEnd(14))}  ${value}`),
    `  ${dim('load'.padEnd(14))}  ${load}`,
    ...(status.driver.isolates ? [] : [yellow('  This driver does not keep functions from your files.')]),
  ].join('\n');
}
