import type { AdminClient } from '../client/admin.ts';
import { findRuntime } from '../client/locate.ts';
import type { StatusResponse } from '../client/responses.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';
import type { LoadedConfig } from '../../runtime/config/load.ts';
import { plural } from '../terminal/format.ts';
import { withProgress } from '../terminal/progress.ts';
import { version } from '../version.ts';
import { fail, fromError, ok, warn, type Check } from './check.ts';
import { checkEngine, checkLeftovers } from './engine.ts';
import { checkDataDir, checkNode, checkPorts } from './machine.ts';

/** `faas doctor`: every check, each with its remedy; exit code 1 when one fails. */
export async function examine(context: Context): Promise<void> {
  const checks = await withProgress(context, 'looking', () => runChecks(context));
  if (checks.some(({ status }) => status === 'fail')) context.exitCode = 1;
  context.result({ healthy: context.exitCode === 0, checks }, () => describe(context, checks));
}

async function runChecks(context: Context): Promise<Check[]> {
  const loaded = await load(context).catch((error: unknown) => fromError('configuration', 'fail', error));
  const client = await findRuntime(context).catch(() => undefined);
  if ('status' in loaded) return [checkNode(), loaded];
  const { config } = loaded;
  return [
    checkNode(),
    describeConfig(loaded),
    await checkRuntime(client),
    checkDataDir(config.dataDir),
    await checkEngine(config, context.io.env),
    ...(await checkPorts(config, client !== undefined)),
    ...(await checkLeftovers(config, context.io.env, client !== undefined)),
  ];
}

function describeConfig({ config, configFile }: LoadedConfig): Check {
  const listed = plural(config.functions.length, 'function');
  if (configFile !== null) return ok('configuration', `${configFile}, ${listed}`);
  return warn('configuration', 'no faas.config.* here or above: defaults', 'faas new NAME writes one');
}

async function checkRuntime(client: AdminClient | undefined): Promise<Check> {
  if (!client) return ok('runtime', 'none is running here');
  const status = await client
    .get<StatusResponse>('/api/status')
    .catch((error: unknown) => fromError('runtime', 'fail', error));
  if ('found' in status) return status;
  const { pid, url } = status;
  if (status.version === version()) return ok('runtime', `running, pid ${pid}, ${url}`);
  return fail(
    'runtime',
    `version ${status.version} is running, this command is ${version()}`,
    'restart it: faas start',
  );
}

function describe({ colors }: Context, checks: Check[]): string {
  const { green, yellow, red, dim } = colors;
  const mark = { ok: green('✔'), warn: yellow('!'), fail: red('✖') };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, found, remedy }) => [
    `${mark[status]} ${name.padEnd(width)}  ${found.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`,
    ...(remedy === null ? [] : [dim(`${' '.repeat(width + 4)}${remedy}`)]),
  ]);
  return lines.join('\n');
}
