import type { ContextData } from './context.ts';
import type { LambdaHandler } from './handler.ts';
import type { LoopWatch } from './loop.ts';
import { RuntimeError } from './wire-error.ts';

/**
 * Runs a Lambda handler whichever way it answers: a promise, a value, the callback, or context.done and its
 * siblings. The first answer wins. Rules as in Lambda's Node runtime:
 *
 * 1. A promise or a returned value answers at once; the callback answers when the event loop has drained, unless
 *    `context.callbackWaitsForEmptyEventLoop` is false; its error answers at once.
 * 2. When the loop drains and nothing has answered, an async handler has failed (Runtime.NodeJsExit) and any other
 *    has answered `null`.
 */
export function runLambda(
  handler: LambdaHandler,
  event: unknown,
  data: ContextData,
  loop: LoopWatch,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let waitsForEmptyLoop = true;
    let called = false;
    const once =
      (act: (error: unknown, result?: unknown) => void) =>
      (error?: unknown, result?: unknown): void => {
        if (called) return;
        called = true;
        act(error, result);
      };
    const now = (error: unknown, result?: unknown): void => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    };
    const callback = once((error, result) => {
      if (waitsForEmptyLoop && (error === undefined || error === null)) loop.onDrained(() => resolve(result));
      else now(error, result);
    });
    const answer = once(now);
    const fail = (error?: unknown): void => answer(error ?? 'handled');
    const context = {
      ...data,
      get callbackWaitsForEmptyEventLoop() {
        return waitsForEmptyLoop;
      },
      set callbackWaitsForEmptyEventLoop(value: boolean) {
        waitsForEmptyLoop = value;
      },
      done: answer,
      succeed: (result?: unknown) => answer(null, result),
      fail,
    };
    const isAsync = (returned: unknown): boolean =>
      isThenable(returned) || handler.constructor.name === 'AsyncFunction';

    loop.onDrained(() => resolve(null));
    let returned: unknown;
    try {
      returned = handler(event, context, callback);
    } catch (error) {
      return fail(error);
    }
    if (isAsync(returned)) {
      if (!called) loop.onDrained(() => reject(neverSettled()));
      Promise.resolve(returned).then((result) => answer(null, result), fail);
    } else if (returned !== undefined && handler.length < 3) {
      answer(null, returned);
    }
  });
}

/** The event loop ran empty, so nothing can settle the handler's promise any more. */
export function neverSettled(): RuntimeError {
  return new RuntimeError(
    'NodeJsExit',
    'The event loop is empty and the promise of the handler is still pending: it would never settle.',
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
