/** How many instances are in which state; pure. */
import type { DeployedFunction } from '../core/types.ts';
import type { Instance } from '../instance/instance.ts';
import { isEnding } from '../instance/state.ts';

export interface Census {
  /** All, also those that are ending and those of other revisions. */
  total: number;
  /** Of the given revision: not ending, on their way, at work. */
  live: number;
  starting: number;
  busy: number;
}

export function census(instances: ReadonlySet<Instance>, revision: DeployedFunction): Census {
  const counts = { total: instances.size, live: 0, starting: 0, busy: 0 };
  for (const { state, deployed } of instances) {
    if (deployed !== revision || isEnding(state)) continue;
    counts.live += 1;
    if (state.name === 'busy') counts.busy += 1;
    if (state.name === 'starting' || state.name === 'booting' || state.name === 'initializing') {
      counts.starting += 1;
    }
  }
  return counts;
}
