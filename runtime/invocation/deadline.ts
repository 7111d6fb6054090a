import type { Clock } from '../core/clock.ts';

/**
 * The call's end or `'timeout'`, whichever comes first. It stops nothing: whoever asked kills the sandbox.
 * The clock starts when the event is handed over, never while it waits in line.
 */
export function beforeDeadline<T>(clock: Clock, timeoutMs: number, call: Promise<T>): Promise<T | 'timeout'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => resolve('timeout'));
    call.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
