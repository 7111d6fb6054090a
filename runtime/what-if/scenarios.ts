/** The settings to try, one scenario for each combination. Pure. */
import type { DeployedFunction, FunctionSettings } from '../core/types.ts';

/** Undefined: as it is. */
export interface Variations {
  idleTimeoutMs?: readonly number[];
  concurrency?: readonly number[];
  provisioned?: readonly number[];
  concurrencyPerInstance?: readonly number[];
  prewarm?: readonly number[];
  memoryBudgetMb?: readonly number[];
}

export const VARIED = [
  'idleTimeoutMs',
  'concurrency',
  'provisioned',
  'concurrencyPerInstance',
  'prewarm',
  'memoryBudgetMb',
] as const satisfies readonly (keyof Variations)[];
export type Varied = (typeof VARIED)[number];

/** What differs from the settings in force. */
export type Scenario = Partial<Record<Varied, number>>;

/** The settings in force first, then every combination, the last setting changing fastest. */
export function scenarios(variations: Variations): Scenario[] {
  let grid: Scenario[] = [{}];
  for (const key of VARIED) {
    const values = variations[key];
    if (values) grid = grid.flatMap((scenario) => values.map((value) => ({ ...scenario, [key]: value })));
  }
  return [{}, ...grid.filter((scenario) => Object.keys(scenario).length > 0)];
}

/** The functions as the scenario has them. A minimum cannot be above the most: then it is the most. */
export function withScenario(functions: readonly DeployedFunction[], scenario: Scenario): DeployedFunction[] {
  return functions.map((deployed) => ({ ...deployed, settings: settingsIn(deployed.settings, scenario) }));
}

function settingsIn(settings: FunctionSettings, scenario: Scenario): FunctionSettings {
  const { prewarm: _prewarm, memoryBudgetMb: _memoryBudgetMb, ...own } = scenario;
  const tried = { ...settings, ...own };
  return { ...tried, provisioned: Math.min(tried.provisioned, tried.concurrency) };
}
