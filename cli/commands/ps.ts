import { findRuntime, requireRuntime } from '../client/locate.ts';
import type { AdminClient } from '../client/admin.ts';
import type { FunctionView, PsView } from '../client/responses.ts';
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
  if (options.watch) {
    requireTerminal(context);
    const client = await requireRuntime(context);
    return liveView(context, client, async () => describe(context, await read(client, name, options)));
  }
  const client = await findRuntime(context);
  const view = client ? await read(client, name, options) : await readOffline(context, name, options);
  context.result({ running: client !== undefined, ...view }, () => describe(context, view));
  if (!client && !context.json) context.note(context.errorColors.dim('No runtime is running.'));
}

function requireTerminal({ io, json }: Context): void {
  if (io.stdout.isTTY === true && !json) return;
  throw new FaasError('UsageError', '--watch needs a terminal', {
    expected: 'stdout on a terminal and no --json',
    got: json ? '--json' : 'a pipe or file',
    remedy: 'call faas ps --json as often as you need it',
  });
}

async function read(client: AdminClient, name: string | undefined, { all }: PsOptions): Promise<PsView> {
  const query = { function: name, all: all ? 1 : undefined };
  const [{ functions }, { instances, ended }] = await Promise.all([
    client.get<Pick<PsView, 'functions'>>('/api/functions'),
    client.get<Omit<PsView, 'functions'>>('/api/instances', query),
  ]);
  return only(name, { functions, instances, ...(ended ? { ended } : {}) });
}

async function readOffline(
  context: Context,
  name: string | undefined,
  { all = false }: PsOptions,
): Promise<PsView> {
  const { instancesFromDataDir } = await import('../offline/instances.ts');
  return only(name, await instancesFromDataDir(context, name, all));
}

/** A function that was removed may still have instances that ended. */
function only(name: string | undefined, view: PsView): PsView {
  if (name === undefined) return view;
  const functions = view.functions.filter((deployed) => deployed.name === name);
  if (functions.length === 0 && (view.ended ?? []).length === 0) throw noSuchFunction(name, view.functions);
  return { ...view, functions };
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
