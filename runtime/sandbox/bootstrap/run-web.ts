import type { ContextData } from './context.ts';
import type { WebApp } from './handler.ts';
import type { LoopWatch } from './loop.ts';
import { neverSettled } from './run-lambda.ts';
import { eventRequest, isHttpEvent, toHttpAnswer, toPlainAnswer, toRequest } from './web-event.ts';

/** What a Web handler gets beside the request. A Hono app finds it in `c.env` and `c.executionCtx`. */
export interface WebContext {
  /** The event as it came. */
  event: unknown;
  lambdaContext: ContextData;
  /** The call is not over, and not answered, before this promise has settled; its failure is logged only. */
  waitUntil(promise: Promise<unknown>): void;
  /** For code written for other hosts; there is nothing to pass through to. */
  passThroughOnException(): void;
}

/**
 * Runs a Web handler.
 *
 * 1. An HTTP event becomes a Request, its Response an answer in payload format 2.0.
 * 2. Any other event goes to the app's `event` export as it is, or else comes as a POST of JSON with an
 *    `x-faas-event` header; then the response's body is the answer, and a status from 400 on a failure.
 * 3. Promises given to `waitUntil` are awaited before the answer: after it a sandbox gets no CPU.
 */
export async function runWeb(
  app: WebApp,
  event: unknown,
  data: ContextData,
  loop: LoopWatch,
): Promise<unknown> {
  const background: Promise<unknown>[] = [];
  const context: WebContext = {
    event,
    lambdaContext: data,
    waitUntil: (promise) => void background.push(promise.then(undefined, logFailure)),
    passThroughOnException: () => undefined,
  };
  const answer = await settles(loop, () => answerTo(app, event, context));
  await settles(loop, () => finish(background));
  return answer;
}

async function answerTo(app: WebApp, event: unknown, context: WebContext): Promise<unknown> {
  if (isHttpEvent(event)) return toHttpAnswer(await fetchFrom(app, toRequest(event), context));
  if (app.event) return app.event(event, context);
  const request = eventRequest(event, context.lambdaContext.functionName);
  return toPlainAnswer(await fetchFrom(app, request, context));
}

async function fetchFrom(app: WebApp, request: Request, context: WebContext): Promise<Response> {
  // Twice: Workers and Hono know an environment as the second argument and a context as the third.
  const response: unknown = await app.fetch(request, context, context);
  if (isResponse(response)) return response;
  throw new TypeError(`fetch() has to return a Response, but it returned ${describe(response)}`);
}

/** By its members: libraries bring classes of their own. */
function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'arrayBuffer' in value && 'status' in value;
}

const describe = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'object' ? 'another object' : typeof value;

/** Work may add work while it is awaited. */
async function finish(background: Promise<unknown>[]): Promise<void> {
  for (let promise = background.shift(); promise; promise = background.shift()) await promise;
}

const logFailure = (error: unknown): void => console.error('waitUntil:', error);

/** Rejects when the event loop runs empty first. */
function settles<T>(loop: LoopWatch, start: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    loop.onDrained(() => reject(neverSettled()));
    start().then(resolve, reject);
  });
}
