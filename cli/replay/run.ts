/** Chooses events and revisions, runs both side by side in throw-away runtimes, compares. */
import { startScratch } from '../../gateway/testing/scratch.ts';
import type { LoadedConfig } from '../../runtime/config/load.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { createLogger } from '../../runtime/core/log.ts';
import type { DeployedFunction } from '../../runtime/core/types.ts';
import { replay, type Replay, type Side } from '../../runtime/replay/replay.ts';
import type { RecordedEvent, Store } from '../../runtime/store/store.ts';
import type { ReplayFlags } from '../commands/replay.ts';
import type { Context } from '../context.ts';
import { rateCardOf } from '../cost/ask.ts';
import { load } from '../load.ts';
import { readStore } from '../offline/store.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { withProgress } from '../terminal/progress.ts';

/** What `faas replay --json` prints. */
export interface ReplayAnswer extends Replay {
  function: string;
  beforeRevision: string;
  afterRevision: string;
}

interface Subject {
  events: RecordedEvent[];
  before: DeployedFunction;
  after: DeployedFunction;
}

export async function replayNow(context: Context, flags: ReplayFlags): Promise<ReplayAnswer> {
  const loaded = await load(context);
  const subject = await readStore(context, (store) => subjectOf(store, flags));
  const rates = await rateCardOf(context, flags.rates);
  const interrupt = onInterrupt();
  try {
    return await withProgress(context, 'starting two runtimes', (say) =>
      runBoth(context, loaded, subject, {
        ignore: flags.ignore ?? [],
        rates,
        signal: interrupt.signal,
        onEvent: (done) => say(`replaying ${done + 1} of ${subject.events.length}`),
      }),
    );
  } finally {
    interrupt.dispose();
  }
}

async function runBoth(
  context: Context,
  loaded: LoadedConfig,
  { events, before, after }: Subject,
  options: Omit<Parameters<typeof replay>[0], 'events' | 'before' | 'after'>,
): Promise<ReplayAnswer> {
  await using earlier = await side(context, loaded, before);
  await using present = await side(context, loaded, after);
  const result = await replay({ ...options, events, before: earlier.call, after: present.call });
  const revisions = { beforeRevision: before.revision.id, afterRevision: after.revision.id };
  return { function: after.settings.name, ...revisions, ...result };
}

/** One revision, alone in a runtime, under its own name: a function may read it. */
async function side(context: Context, loaded: LoadedConfig, deployed: DeployedFunction) {
  const { config } = loaded;
  const alone = { functions: [], prewarm: 0, memoryBudget: undefined, chaos: [] };
  const scratch = await startScratch({
    loaded: { ...loaded, config: { ...config, ...alone, ...QUIET } },
    // On the disk that holds the artifacts: containers link them.
    parentDir: config.dataDir,
    deployed: [{ ...deployed, settings: { ...deployed.settings, provisioned: 0 } }],
    log: createLogger(context.options.verbose ? 'debug' : 'error', (line) => context.note(line)),
  });
  const call: Side = ({ function: name, payload, trigger }) =>
    scratch.runtime.invoke({ function: name, payload, trigger });
  return { call, [Symbol.asyncDispose]: () => scratch.close() };
}

/** Nothing of a replay is recorded or sent anywhere. */
const QUIET = {
  record: { events: false, redact: { headers: [], fields: [] }, maxBytes: 1024 },
  telemetry: { headers: {}, serviceName: 'faas' },
};

function subjectOf(store: Store, flags: ReplayFlags): Subject {
  const after = chosen(store, flags.function);
  const { name } = after.settings;
  const before = earlier(store, after, flags.against);
  const since = flags.since === undefined ? {} : { since: flags.since };
  const events = store.recordedEvents.newest({ function: name, ...since, limit: flags.limit });
  if (events.length === 0) throw noEvents(name);
  return { before, after, events: events.toReversed() };
}

function chosen(store: Store, name: string | undefined): DeployedFunction {
  const all = store.functions.all();
  const recorded = all.filter(
    ({ settings }) => store.recordedEvents.newest({ function: settings.name, limit: 1 }).length > 0,
  );
  const [only, ...others] =
    name === undefined ? recorded : all.filter(({ settings }) => settings.name === name);
  if (only && others.length === 0) return only;
  const names = (name === undefined ? recorded : all).map(({ settings }) => settings.name).join(', ');
  if (name === undefined && only) {
    throw new FaasError('UsageError', 'events of several functions were recorded', {
      expected: `--function with one of ${names}`,
      got: 'no --function',
    });
  }
  if (name === undefined) throw noEvents('any function');
  throw new FaasError('FunctionNotFound', `no function '${name}' is deployed`, {
    expected: names === '' ? 'a deployed function' : `one of ${names}`,
    got: name,
  });
}

function earlier(store: Store, present: DeployedFunction, wanted: string | undefined): DeployedFunction {
  const others = store.functions
    .history(present.settings.name)
    .filter(({ revision }) => revision.id !== present.revision.id);
  const found =
    wanted === undefined
      ? others[0]
      : [present, ...others].find(({ revision }) => revision.id.startsWith(wanted));
  if (found) return found;
  const ids = others.map(({ revision }) => revision.id);
  throw new FaasError('UsageError', 'there is no such revision to compare with', {
    expected:
      ids.length > 0 ? `one of ${ids.join(', ')}` : 'a revision that was deployed before the present one',
    got: wanted ?? `only ${present.revision.id}`,
    remedy: ids.length > 0 ? '--against one of these' : 'deploy a change, then replay',
  });
}

const noEvents = (name: string): FaasError =>
  new FaasError('UsageError', `no events of ${name} are recorded in this time`, {
    expected: 'recorded events',
    got: 'none',
    remedy: 'record: { events: true } in faas.config.ts, restart, call the function',
  });
