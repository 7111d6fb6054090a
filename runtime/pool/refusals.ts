/** Why something is not done. */
import { FaasError } from '../core/errors.ts';
import type { DeployedFunction, FunctionSettings } from '../core/types.ts';

export const shuttingDown = (): FaasError =>
  new FaasError('ShuttingDown', 'the runtime is stopping', { remedy: 'start it again: faas start' });

export function noRoom(settings: FunctionSettings, got: { sandboxes: number; waiting: number }): FaasError {
  return new FaasError('Throttled', `no room for another call of ${settings.name}`, {
    expected: `at most ${settings.concurrency} sandboxes and ${settings.queueLimit} waiting calls`,
    got: `${got.sandboxes} sandboxes, ${got.waiting} waiting`,
    remedy: 'call again later, or raise concurrency or queueLimit',
  });
}

export function neverFits({ name, memoryMb }: FunctionSettings, limitMb: number): FaasError {
  return new FaasError('Throttled', `${name} needs more memory than all sandboxes together may have`, {
    expected: `at most ${limitMb} MB (memoryBudget)`,
    got: `${memoryMb} MB`,
    remedy: "lower the function's memory, or raise memoryBudget",
  });
}

export function functionNotFound(name: string, deployed: readonly DeployedFunction[]): FaasError {
  const names = deployed.map(({ settings }) => settings.name);
  return new FaasError('FunctionNotFound', `no function '${name}' is deployed`, {
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a deployed function',
    got: name,
    remedy: 'faas deploy DIR deploys one',
  });
}
