import type { FunctionSettings } from '../core/types.ts';
import { configError } from './config-error.ts';
import type { Problem } from './config-error.ts';
import { describeHttpTrigger, routeShape } from './http-trigger.ts';

/**
 * Routes that more than one function (or one function twice) answers. `ANY /x` beside `GET /x` is no conflict: the more
 * specific one wins.
 */
export function routeConflicts(functions: readonly FunctionSettings[]): Problem[] {
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { name, triggers } of functions) {
    for (const trigger of triggers) {
      if (trigger.type !== 'http') continue;
      const shape = routeShape(trigger);
      const owner = owners.get(shape);
      if (owner === undefined) owners.set(shape, name);
      else {
        problems.push({
          path: `functions.${name}.triggers`,
          expected: 'a route that no other trigger has',
          got: `${describeHttpTrigger(trigger)}, which ${owner === name ? 'it' : `'${owner}'`} answers already`,
          remedy: 'change the path or the method of one of them',
        });
      }
    }
  }
  return problems;
}

/** @throws FaasError ConfigInvalid when two triggers have one route */
export function assertNoRouteConflicts(functions: readonly FunctionSettings[]): void {
  const problems = routeConflicts(functions);
  if (problems.length > 0) throw configError(problems, 'the deployed functions');
}
