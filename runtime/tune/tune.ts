/**
 * `faas tune`: the same event at several memory sizes, in a runtime of its own with a data directory that is thrown
 * away, so that a runtime which serves is not disturbed.
 *
 * 1. Every size is a variant of the function with CPU tied to its memory, one instance each, kept warm.
 * 2. Sizes take turns, forwards and then backwards: what slows the machine down for a while slows all of them.
 * 3. The first call of a size is cold and the second warms up; neither counts.
 * 4. A size at which a call does not succeed is called no more, and says why.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../api.ts';
import type { LoadedConfig } from '../config/load.ts';
import { FaasError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { FunctionSettings, InvocationRecord } from '../core/types.ts';
import { sizeOf } from '../instance/size.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';
import { createRuntime } from '../runtime.ts';
import type { Driver } from '../sandbox/sandbox.ts';
import { choose, curvePoint, isCpuUntied } from './choose.ts';
import type { Choices, MeasuredSize, TunedSize } from './choose.ts';

export interface TuneOptions {
  loaded: LoadedConfig;
  /** The function as it is; memory, CPU and concurrency are replaced. */
  settings: FunctionSettings;
  /** The event as UTF-8 JSON text. */
  event: Uint8Array;
  /** MB, ascending. */
  sizes: readonly number[];
  /** Warm calls at each size. */
  runs: number;
  card: RateCard;
  log: Logger;
  /** Of the runtime that serves, if one does: functions that call S3 then find its objects. */
  awsEndpoint?: string | undefined;
  /** Instead of the configured one; for tests. */
  driver?: Driver;
  onProgress?: (message: string) => void;
  signal?: AbortSignal;
}

export interface TuneResult {
  function: string;
  driver: string;
  runs: number;
  rates: Pick<RateCard, 'id' | 'name'>;
  currentMemoryMb: number;
  sizes: TunedSize[];
  /** Null where the function succeeded at no size. */
  choices: Choices | null;
  /** Whether more memory meant more CPU here; null where the calls used too little of it to tell. */
  cpuTied: boolean | null;
  /** How busy the machine was: processes that wanted to run, over the last minute. */
  machine: { processors: number; load: number };
}

/** Throws what starting a runtime and building a function may; ShuttingDown when `signal` aborts. */
export async function tune(options: TuneOptions): Promise<TuneResult> {
  const folder = await mkdtemp(join(tmpdir(), 'faas-tune-'));
  try {
    const runtime = await trialRuntime(options, folder);
    try {
      await deployVariants(runtime);
      const measured = await measure(runtime, options);
      return summary(runtime, options, measured);
    } finally {
      await runtime.close({ drainMs: 0 });
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function trialRuntime(options: TuneOptions, dataDir: string): Promise<Runtime> {
  const { loaded, log, driver, onProgress, awsEndpoint } = options;
  const config = {
    ...loaded.config,
    dataDir,
    functions: options.sizes.map((memoryMb) => variant(options, memoryMb)),
    buckets: [],
    prewarm: 0,
    memoryBudget: undefined,
  };
  const runtime = await createRuntime({
    loaded: { ...loaded, config },
    log,
    ...(driver && { driver }),
    ...(onProgress && { onProgress }),
  });
  if (awsEndpoint !== undefined) runtime.setAwsEndpoint(reachable(awsEndpoint, runtime));
  return runtime;
}

/** Sandboxes may see this machine under another address than it has for itself. */
function reachable(endpoint: string, runtime: Runtime): string {
  const url = new URL(endpoint);
  url.hostname = runtime.driver.hostAddress;
  return url.origin;
}

const WARM_MS = 3_600_000;

function variant({ settings, loaded, awsEndpoint }: TuneOptions, memoryMb: number): FunctionSettings {
  const [keys] = loaded.config.credentials;
  // The serving runtime does not know the trial's sandboxes: they call it as its user.
  const credentials =
    awsEndpoint === undefined || keys === undefined
      ? {}
      : {
          AWS_ACCESS_KEY_ID: keys.accessKeyId,
          AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
          AWS_SESSION_TOKEN: '',
        };
  return {
    ...settings,
    name: nameOf(settings.name, memoryMb),
    memoryMb,
    cpu: 'proportional',
    concurrency: 1,
    concurrencyPerInstance: 1,
    provisioned: 0,
    idleTimeoutMs: WARM_MS,
    freezeMs: null,
    triggers: [],
    env: { ...credentials, ...settings.env },
  };
}

/** At most the 64 characters a name may have. */
const nameOf = (name: string, memoryMb: number): string => `${name.slice(0, 57)}-${memoryMb}`;

async function deployVariants(runtime: Runtime): Promise<void> {
  let failure: FaasError | undefined;
  await runtime.start((_name, outcome) => {
    if (outcome instanceof FaasError) failure ??= outcome;
  });
  if (failure !== undefined) throw failure;
}

async function measure(runtime: Runtime, options: TuneOptions): Promise<MeasuredSize[]> {
  const { settings, sizes, runs, onProgress } = options;
  const trials = sizes.map((memoryMb) => ({ memoryMb, records: new Array<InvocationRecord>() }));
  const rounds = runs + 2;
  for (let round = 0; round < rounds; round += 1) {
    onProgress?.(`${settings.name}: round ${round + 1} of ${rounds}`);
    for (const trial of round % 2 === 0 ? trials : trials.toReversed()) {
      if (trial.records.some(({ outcome }) => outcome !== 'success')) continue;
      trial.records.push(await call(runtime, options, trial.memoryMb));
    }
  }
  return trials.map(({ memoryMb, records: [first, , ...warm] }) => {
    if (first === undefined) throw new FaasError('Internal', `nothing was called at ${memoryMb} MB`);
    const cpus = sizeOf(variant(options, memoryMb)).cpus ?? 1;
    return { memoryMb, cpus, first, warm };
  });
}

async function call(
  runtime: Runtime,
  { settings, event, signal }: TuneOptions,
  memoryMb: number,
): Promise<InvocationRecord> {
  if (signal?.aborted === true) throw new FaasError('ShuttingDown', 'tuning was interrupted');
  const { record } = await runtime.invoke({
    function: nameOf(settings.name, memoryMb),
    payload: event,
    trigger: { type: 'direct', source: null },
    ...(signal && { signal }),
  });
  return record;
}

function summary(
  runtime: Runtime,
  { settings, runs, card }: TuneOptions,
  measured: readonly MeasuredSize[],
): TuneResult {
  const sizes = measured.map((size) => curvePoint(size, card));
  return {
    function: settings.name,
    driver: runtime.driver.name,
    runs,
    rates: { id: card.id, name: card.name },
    currentMemoryMb: settings.memoryMb,
    sizes,
    choices: choose(sizes),
    cpuTied: sizes.every(({ observedCpus }) => observedCpus === null) ? null : !isCpuUntied(sizes),
    machine: { processors: availableParallelism(), load: loadavg()[0] ?? 0 },
  };
}
