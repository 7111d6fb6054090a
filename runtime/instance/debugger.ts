/** `faas dev --debug-port`: one instance of one function, kept up, and given the time that looking at it takes. */
import type { DeployedFunction } from '../core/types.ts';

export interface DebugTarget {
  functionName: string;
  port: number;
}

/** The longest time a timer takes; Node makes one millisecond of a longer one. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * What the pool is to run in place of `deployed`, if that is the function to be debugged. Its time limits are off for
 * as long as there is a debug port: Node's inspector does not tell whether somebody is attached to it.
 */
export function forDebugger(deployed: DeployedFunction, target: DebugTarget | undefined): DeployedFunction {
  if (deployed.settings.name !== target?.functionName) return deployed;
  const one = { concurrency: 1, provisioned: 1, concurrencyPerInstance: 1 };
  // Nothing may stop while somebody looks at it, and a breakpoint may stand in code that runs at load.
  const unhurried = { freezeMs: null, timeoutMs: NEVER_MS, initTimeoutMs: NEVER_MS };
  return { ...deployed, debugPort: target.port, settings: { ...deployed.settings, ...one, ...unhurried } };
}
