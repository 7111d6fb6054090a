import type { DeployedFunction, FunctionSettings } from '../../../runtime/core/types.ts';
import { DEFAULT_RATE_CARD } from '../../../runtime/metering/rate-cards/index.ts';
import { Arrivals } from '../../../runtime/what-if/arrivals.ts';
import type { MachineProfile } from '../../../runtime/what-if/profile.ts';
import type { Simulation } from '../../../runtime/what-if/simulate.ts';

export const START = { at: 0, provisionMs: 40, bootMs: 200, initMs: 60 };

export function deployed(settings: Partial<FunctionSettings> = {}): DeployedFunction {
  const name = settings.name ?? 'hello';
  return {
    settings: {
      name,
      source: '/src',
      handler: undefined,
      runtime: 'nodejs24.x',
      memoryMb: 128,
      timeoutMs: 3000,
      initTimeoutMs: 10_000,
      idleTimeoutMs: 60_000,
      concurrency: 10,
      queueLimit: 1000,
      provisioned: 0,
      concurrencyPerInstance: 1,
      freezeMs: null,
      cpu: 'full',
      tmpMb: 512,
      env: {},
      triggers: [],
      exposeErrors: false,
      ...settings,
    },
    revision: {
      id: 'r1',
      functionName: name,
      artifactDir: '/a',
      entry: 'index.mjs',
      exportName: 'handler',
      sizeBytes: 1,
      inputs: [],
    },
    origin: 'cli',
    deployedAt: 0,
  };
}

export const profile = (overrides: Partial<MachineProfile> = {}): MachineProfile => ({
  fresh: new Map([['hello', [START]]]),
  prewarmed: new Map(),
  killMs: 10,
  thawMs: 1,
  ...overrides,
});

/** Calls of the first function at these seconds. */
export function callsAt(seconds: readonly number[], durationMs = 100): Arrivals {
  const arrivals = new Arrivals();
  for (const [index, second] of seconds.entries()) {
    arrivals.add({
      at: 1_800_000_000_000 + second * 1000,
      functionIndex: 0,
      durationMs,
      afterwards: 'released',
      startedBeforeMs: index === 0 ? 0 : null,
    });
  }
  return arrivals;
}

export const simulation = (overrides: Partial<Simulation> = {}): Simulation => ({
  functions: [deployed()],
  arrivals: callsAt([0]),
  profile: profile(),
  prewarm: 0,
  memoryBudgetMb: undefined,
  parallelStarts: 4,
  rates: DEFAULT_RATE_CARD,
  ...overrides,
});
