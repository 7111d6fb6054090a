import type { InstanceSnapshot } from '../../runtime/api.ts';
import type { InstanceTrail } from '../../runtime/core/types.ts';
import { requireRuntime } from '../client/locate.ts';
import type { AdminClient } from '../client/admin.ts';
import type { FunctionView, InstancesResponse } from '../client/responses.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { instanceTable, trailTable } from '../terminal/instances.ts';
import { liveView } from '../terminal/live-view.ts';

interface PsOptions {
  watch?: boolean;
  all?: boolean;
}

export const define: Define = (command, context) => {
  command
    .argument('[name]', 'only this function')
    .option('-w, --watch', 'keep the view up to date until Ctrl-C')
    .option('-a, --all', 'also the instances that ended, newest first, and why')
    .addHelpText('after', '\nExamples:\n  $ faas ps\n  $ faas ps --watch\n  $ faas ps resize --all --json')
    .action((name: string | undefined, options: PsOptions) => ps(context(), name, options));
};

async function ps(context: Context, name: string | undefined, options: PsOptions): Promise<void> {
  const client = await requireRuntime(context);
  if (options.watch && !context.json && context.io.stdout.isTTY === true) {
    return liveView(context, client, async () => describe(context, await read(client, name, options)));
  }
  if (options.watch) {
    throw new FaasError('UsageError', '--watch needs a terminal', {
      expected: 'stdout on a terminal and no --json',
      got: context.json ? '--json' : 'a pipe or file',
      remedy: 'call faas ps --json as often as you need it',
    });
  }
  const view = await read(client, name, options);
  context.result(view, () => describe(context, view));
}

interface PsView {
  functions: FunctionView[];
  instances: InstanceSnapshot[];
  ended?: InstanceTrail[];
}

async function read(client: AdminClient, name: string | undefined, { all }: PsOptions): Promise<PsView> {
  const query = { function: name, all: all ? 1 : undefined };
  const [{ functions }, { instances, ended }] = await Promise.all([
    client.get<{ functions: FunctionView[] }>('/api/functions'),
    client.get<InstancesResponse & { ended?: InstanceTrail[] }>('/api/instances', query),
  ]);
  const wanted = functions.filter((deployed) => name === undefined || deployed.name === name);
  if (name !== undefined && wanted.length === 0 && (ended ?? []).length === 0)
    throw noSuchFunction(name, functions);
  return { functions: wanted, instances, ...(ended ? { ended } : {}) };
}

function describe({ colors }: Context, view: PsView): string {
  const live = instanceTable(view.functions, view.instances, Date.now(), colors);
  return view.ended ? `${live}\n\n${trailTable(view.ended, Date.now(), colors)}` : live;
}

const noSuchFunction = (name: string, functions: FunctionView[]): FaasError =>
  new FaasError('FunctionNotFound', `no function named ${name} is deployed`, {
    expected: functions.map((deployed) => deployed.name).join(', ') || 'a deployed function',
    got: name,
    remedy: 'faas deploy DIR',
  });
