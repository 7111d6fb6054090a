import { resolve } from 'node:path';
import type { DeployRequest } from '../../runtime/api.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { findRuntime } from '../client/locate.ts';
import type { DeployResponse } from '../client/responses.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import {
  collect,
  collectEnv,
  collectHttp,
  collectS3,
  duration,
  overridesOf,
  wholeNumber,
  type DeployFlags,
} from '../deploy-flags.ts';
import { describeDeployed } from '../terminal/deployed.ts';
import { withProgress } from '../terminal/progress.ts';

export const define: Define = (command, context) => {
  command
    .argument('<dir...>', 'function folders')
    .option(
      '--name <name>',
      "the function's name (default: its key in the configuration, else the folder's name)",
    )
    .option('--handler <file.export>', 'where the handler is, as on Lambda: index.handler')
    .option('--runtime <name>', 'the language runtime')
    .option('--memory <mb>', 'memory, 128 to 10240 MB', wholeNumber)
    .option('--timeout <time>', 'maximum duration: 10, 10s, 250ms', duration)
    .option('--idle-timeout <time>', 'how long an instance stays warm: 5m', duration)
    .option('--concurrency <n>', 'most sandboxes at once', wholeNumber)
    .option('--env <K=V>', 'an environment variable (repeatable)', collectEnv)
    .option('--http <route>', 'an HTTP trigger: "GET /hello/:name" (repeatable)', collectHttp)
    .option('--s3 <spec>', 'an upload trigger: bucket[:event[:prefix[:suffix]]] (repeatable)', collectS3)
    .option('--schedule <expr>', 'a schedule trigger (repeatable)', collect)
    .addHelpText(
      'after',
      `
Flags win over the configuration, which wins over the defaults. Deploys to the running runtime, or into the data
directory when none runs; the next start serves it.

Examples:
  $ faas deploy ./functions/hello
  $ faas deploy ./functions/resize --memory 512 --timeout 10s --s3 photos:ObjectCreated:*:in/:.jpg`,
    )
    .action((folders: string[], flags: DeployFlags) => deploy(context(), folders, flags));
};

async function deploy(context: Context, folders: string[], flags: DeployFlags): Promise<void> {
  if (flags.name !== undefined && folders.length > 1) {
    throw new FaasError('UsageError', '--name names one function', {
      expected: 'one folder',
      got: `${folders.length} folders`,
      remedy: 'deploy them one at a time, or list them in faas.config.ts',
    });
  }
  const client = await findRuntime(context);
  const deployOne = client
    ? (request: DeployRequest) =>
        client.post<DeployResponse>('/api/deploy', { body: JSON.stringify(request) })
    : await offlineDeploy(context);
  const deployed: DeployResponse[] = [];
  for (const folder of folders) {
    const request = requestFor(context, folder, flags);
    const result = await withProgress(context, `building ${folder}`, () => deployOne(request));
    deployed.push(result);
    if (!context.json) context.write(describeDeployed(result, context.colors));
  }
  if (context.json) context.result({ deployed, running: client !== undefined }, () => '');
  else if (!client) context.note(context.errorColors.dim('No runtime is running; faas start serves it.'));
}

function requestFor({ io, options }: Context, folder: string, flags: DeployFlags): DeployRequest {
  const overrides = overridesOf(flags);
  return {
    source: resolve(io.cwd, folder),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
    ...(typeof options.config === 'string' ? { configFile: resolve(io.cwd, options.config) } : {}),
  };
}

/** Builds here and writes into the data directory; loaded only when no runtime does it for us. */
async function offlineDeploy(context: Context): Promise<(request: DeployRequest) => Promise<DeployResponse>> {
  const { deployIntoDataDir } = await import('../offline/deploy.ts');
  return deployIntoDataDir(context);
}
