/** From the command line and the data directory to the scenarios' results. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { FaasConfig } from '../../runtime/config/schema.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { DeployedFunction } from '../../runtime/core/types.ts';
import type { Store } from '../../runtime/store/store.ts';
import type { Arrivals } from '../../runtime/what-if/arrivals.ts';
import { poissonArrivals } from '../../runtime/what-if/poisson.ts';
import { readRecorded, type Recorded } from '../../runtime/what-if/recorded.ts';
import { readTrace } from '../../runtime/what-if/trace.ts';
import { whatIf, type WhatIfRow } from '../../runtime/what-if/what-if.ts';
import type { WhatIfFlags } from '../commands/what-if.ts';
import type { Context } from '../context.ts';
import { rateCardOf } from '../cost/ask.ts';
import { load } from '../load.ts';
import { readStore } from '../offline/store.ts';
import { withProgress } from '../terminal/progress.ts';

/** What `faas what-if --json` prints. */
export interface WhatIfAnswer {
  source: 'recorded' | 'trace' | 'rate';
  functions: string[];
  calls: number;
  /** Epoch milliseconds of the first and the last call. */
  from: number;
  to: number;
  /** What really happened; only where the calls are recorded ones. */
  happened: { calls: number; coldStarts: number; throttled: number } | null;
  /** Whether starts take what was recorded, or what is assumed because none was. */
  startsRecorded: boolean;
  rates: { id: string; name: string };
  rows: WhatIfRow[];
  notes: string[];
}

const DEFAULT_FOR_MS = 3_600_000;

export async function tryScenarios(
  context: Context,
  name: string | undefined,
  flags: WhatIfFlags,
): Promise<WhatIfAnswer> {
  refuseMixture(flags);
  const { config } = await load(context);
  const trace = flags.trace === undefined ? undefined : await readText(context, flags.trace);
  return readStore(context, async (store) => {
    const functions = chosen(store, name, flags);
    const names = functions.map(({ settings }) => settings.name);
    const recorded = readRecorded(store, names, spanOf(flags));
    const arrivals = arrivalsOf(flags, { recorded, names, trace });
    if (arrivals.length === 0) throw nothingRecorded(names);
    const rates = await rateCardOf(context, flags.rates);
    const rows = await withProgress(context, 'simulating', (say) =>
      whatIf({
        ...inForce(config),
        functions,
        arrivals,
        profile: recorded.profile,
        rates,
        variations: variationsOf(flags),
        onScenario: (done, of) => say(`simulating ${done + 1} of ${of}`),
      }),
    );
    const isRecorded = arrivals === recorded.arrivals;
    return {
      source: isRecorded ? 'recorded' : trace === undefined ? 'rate' : 'trace',
      functions: names,
      calls: arrivals.length,
      from: arrivals.firstAt,
      to: arrivals.lastAt,
      happened: isRecorded ? recorded.happened : null,
      startsRecorded: recorded.profile.fresh.size > 0 || recorded.profile.prewarmed.size > 0,
      rates: { id: rates.id, name: rates.name },
      rows,
      notes: notesOn(recorded, name),
    };
  });
}

const inForce = ({ prewarm, memoryBudget }: FaasConfig) => ({
  prewarm,
  memoryBudgetMb: memoryBudget,
  parallelStarts: availableParallelism(),
});

function refuseMixture({ trace, rate, for: forMs, duration, seed }: WhatIfFlags): void {
  if (trace !== undefined && rate !== undefined) {
    throw new FaasError('UsageError', 'the calls come from one source', {
      expected: '--trace or --rate',
      got: 'both',
    });
  }
  if (rate === undefined && (forMs !== undefined || duration !== undefined || seed !== undefined)) {
    throw new FaasError('UsageError', '--for, --duration and --seed describe random calls', {
      expected: '--rate beside them',
      got: 'no --rate',
      remedy: 'faas what-if hello --rate 20/m --for 24h',
    });
  }
}

function chosen(store: Store, name: string | undefined, { rate }: WhatIfFlags): DeployedFunction[] {
  const all = store.functions.all();
  const functions = name === undefined ? all : all.filter(({ settings }) => settings.name === name);
  const names = all.map(({ settings }) => settings.name).join(', ');
  if (functions.length === 0) {
    throw new FaasError(
      'FunctionNotFound',
      name === undefined ? 'no function is deployed' : `no function '${name}' is deployed`,
      {
        expected: names === '' ? 'a deployed function' : `one of ${names}`,
        got: name ?? 'none',
        remedy: 'faas deploy DIR deploys one',
      },
    );
  }
  if (rate !== undefined && functions.length > 1) {
    throw new FaasError('UsageError', '--rate makes calls of one function', {
      expected: `one of ${names}`,
      got: 'no name',
      remedy: `faas what-if ${functions[0]?.settings.name ?? 'NAME'} --rate …`,
    });
  }
  return functions;
}

function arrivalsOf(
  { rate, for: forMs = DEFAULT_FOR_MS, duration, seed = 1 }: WhatIfFlags,
  from: { recorded: Recorded; names: string[]; trace: string | undefined },
): Arrivals {
  if (from.trace !== undefined) return readTrace(from.trace, from.names);
  if (rate === undefined) return from.recorded.arrivals;
  const durationsMs = duration ?? from.recorded.durationsMs.get(from.names[0] ?? '') ?? [];
  if (durationsMs.length === 0) {
    throw new FaasError('UsageError', 'what a call takes is not known', {
      expected: '--duration, or recorded calls of the function',
      got: 'neither',
      remedy: '--duration 120ms',
    });
  }
  return poissonArrivals({ startAt: Date.now(), ratePerSecond: rate, forMs, durationsMs, seed });
}

function variationsOf(flags: WhatIfFlags) {
  const { idle, concurrency, provisioned, perInstance, prewarm, memoryBudget } = flags;
  return {
    ...(idle && { idleTimeoutMs: idle }),
    ...(concurrency && { concurrency }),
    ...(provisioned && { provisioned }),
    ...(perInstance && { concurrencyPerInstance: perInstance }),
    ...(prewarm && { prewarm }),
    ...(memoryBudget && { memoryBudgetMb: memoryBudget }),
  };
}

const spanOf = ({ since, until }: WhatIfFlags) => ({
  ...(since === undefined ? {} : { since }),
  ...(until === undefined ? {} : { until }),
});

function notesOn({ unknown }: Recorded, name: string | undefined): string[] {
  if (name !== undefined || unknown.size === 0) return [];
  return [`calls of ${[...unknown].join(', ')} are left out: no longer deployed`];
}

async function readText({ io }: Context, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new FaasError('UsageError', `${file} cannot be read`, {
      expected: 'a file with one call a line: time,duration[,function]',
      got: error.message,
    });
  });
}

const nothingRecorded = (names: string[]): FaasError =>
  new FaasError('UsageError', `no calls of ${names.join(', ')} are recorded in this time`, {
    expected: 'recorded calls, --trace or --rate',
    got: 'none',
    remedy: 'call the function first, or make calls: faas what-if NAME --rate 20/m --duration 100ms',
  });
