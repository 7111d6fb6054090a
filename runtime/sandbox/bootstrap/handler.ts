/** What a revision can export: a Lambda handler, or a Web handler (a Hono app is one). */
export type Loaded =
  | { style: 'lambda' | 'streaming'; handler: LambdaHandler }
  | { style: 'web'; app: WebApp };

export type LambdaHandler = (...args: unknown[]) => unknown;

export interface WebApp {
  fetch(request: Request, context: unknown, sameAgain: unknown): Response | Promise<Response>;
  /** Takes the events that are no HTTP request as they are. */
  event?: (event: unknown, context: unknown) => unknown;
}
