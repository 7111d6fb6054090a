/** The load generator as its users see it: a process of its own, so that it shares no event loop with what it measures. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { percentile } from '../measure/statistics.ts';
import type { LoadJob, LoadResult, LoadSummary } from './job.ts';

const GENERATOR = fileURLToPath(new URL('./generator.ts', import.meta.url));

export class LoadGenerator implements AsyncDisposable {
  readonly #process: ChildProcess;

  constructor() {
    // Advanced serialization carries the latencies as they are.
    this.#process = fork(GENERATOR, [], { serialization: 'advanced' });
  }

  /** Rejects when a request failed: a figure that counts refusals as answers is worth nothing. */
  async run(job: LoadJob): Promise<LoadSummary> {
    const { latenciesMs, elapsedMs, failures, firstFailure } = await this.#ask(job);
    if (failures > 0)
      throw new Error(`${failures} requests to ${job.url}${job.path} failed: ${firstFailure}`);
    const sorted = latenciesMs.toSorted();
    return {
      requests: sorted.length,
      perSecond: (sorted.length / elapsedMs) * 1000,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
    };
  }

  async #ask(job: LoadJob): Promise<LoadResult> {
    const answered = new AbortController();
    const { signal } = answered;
    const ended = once(this.#process, 'exit', { signal }).then(([code]) => {
      throw new Error(`the load generator ended with ${String(code)}`);
    });
    ended.catch(() => undefined); // aborted below, when nobody listens any more
    this.#process.send(job);
    const [result] = await Promise.race([once(this.#process, 'message', { signal }), ended]);
    answered.abort();
    return result as LoadResult; // our own child's
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    this.#process.kill();
    await exited;
  }
}
