/** `faas what-if`: the same calls with other settings. */
import type { DeployedFunction } from '../core/types.ts';
import type { Simulation } from './simulate.ts';
import { simulate } from './simulate.ts';
import type { SimulationResult } from './result.ts';
import { scenarios, withScenario, type Scenario, type Variations } from './scenarios.ts';

/** `functions`, `prewarm` and `memoryBudgetMb` are the settings in force. */
export interface WhatIfOptions extends Simulation {
  variations: Variations;
  /** Called before each scenario. */
  onScenario?(done: number, of: number): void;
}

export interface WhatIfRow {
  /** Empty: the settings in force. */
  scenario: Scenario;
  result: SimulationResult;
}

/** One row a scenario, the settings in force first. */
export async function whatIf(options: WhatIfOptions): Promise<WhatIfRow[]> {
  const tried = scenarios(options.variations);
  const rows: WhatIfRow[] = [];
  for (const scenario of tried) {
    options.onScenario?.(rows.length, tried.length);
    rows.push({ scenario, result: await simulate(inScenario(options, scenario)) });
  }
  return rows;
}

function inScenario(options: Simulation, scenario: Scenario): Simulation {
  const { prewarm = options.prewarm, memoryBudgetMb = options.memoryBudgetMb } = scenario;
  const functions: DeployedFunction[] = withScenario(options.functions, scenario);
  return { ...options, functions, prewarm, memoryBudgetMb };
}
