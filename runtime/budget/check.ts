/** `faas budget check`: every function against its limits and against the saved state. Pure. */
import type { FaasConfig } from '../config/schema.ts';
import type { Budget } from '../config/measure-fields.ts';
import { compare, type BaselineFile, type Change, type Comparison } from './baseline.ts';
import { holdAgainst, type Finding } from './limits.ts';
import type { Observed } from './observe.ts';

export interface FunctionCheck {
  function: string;
  revision: string | null;
  calls: number;
  errors: number;
  findings: Finding[];
  /** Empty where no state was saved. */
  changes: Change[];
}

export interface BudgetCheck {
  ok: boolean;
  functions: FunctionCheck[];
}

/** The limits of one function: its own before those of all. */
export const budgetOf = (
  { budget = {}, budgets = {} }: Pick<FaasConfig, 'budget' | 'budgets'>,
  name: string,
): Budget => ({
  ...budget,
  ...budgets[name],
});

/**
 * @param strict whether what is perhaps over, or could not be measured, counts as over
 */
export function checkBudgets(
  observed: readonly Observed[],
  against: {
    config: Pick<FaasConfig, 'budget' | 'budgets'>;
    baseline: BaselineFile | undefined;
    comparison: Comparison;
    strict: boolean;
  },
): BudgetCheck {
  const functions = observed.map((one): FunctionCheck => {
    const before = against.baseline?.functions[one.function];
    return {
      function: one.function,
      revision: one.revision,
      calls: one.calls,
      errors: one.errors,
      findings: holdAgainst(budgetOf(against.config, one.function), one),
      changes: before ? compare(before, one, against.comparison) : [],
    };
  });
  const isBad = ({ verdict }: Finding): boolean =>
    verdict === 'over' || (against.strict && verdict !== 'within');
  const ok = functions.every(
    ({ findings, changes }) => !findings.some(isBad) && !changes.some(({ verdict }) => verdict === 'worse'),
  );
  return { ok, functions };
}
