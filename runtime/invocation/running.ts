/** What is known of an invocation while it runs, besides its own story. */
export interface Activity {
  /** How many invocations came before it in its chain. */
  readonly depth: number;
  /** What it asked of the S3 endpoint so far. */
  s3Requests: number;
  s3Bytes: number;
}

/** The invocations that run now, by request id: whoever causes an event is looked up here. */
export class Running {
  readonly #byRequest = new Map<string, Activity>();

  /** Call `end` with the same id when it is over. */
  begin(requestId: string, request: { depth?: number; parentRequestId?: string | null }): Activity {
    const parent = request.parentRequestId ? this.#byRequest.get(request.parentRequestId) : undefined;
    const depth = request.depth ?? (parent ? parent.depth + 1 : 0);
    const activity: Activity = { depth, s3Requests: 0, s3Bytes: 0 };
    this.#byRequest.set(requestId, activity);
    return activity;
  }

  end(requestId: string): void {
    this.#byRequest.delete(requestId);
  }

  get(requestId: string): Activity | undefined {
    return this.#byRequest.get(requestId);
  }
}
