/** Keeps calling a function whose answer is the number of its version, and notes when each version is first seen. */
import { setTimeout } from 'node:timers/promises';
import { HttpConnection } from '../load/http-connection.ts';

export interface Calls {
  answered: number;
  /** Requests that were not answered with 200. */
  failures: number;
  /** Requests sent after a newer version had answered. */
  stale: number;
  firstFailure: string | null;
}

/** Between an answer and the next request of a connection: load, but not all the machine can bear. */
const PAUSE_MS = 2;
const WITHIN_MS = 20_000;

export class SteadyCaller {
  readonly #calls: Calls = { answered: 0, failures: 0, stale: 0, firstFailure: null };
  readonly #firstSeenAt = new Map<number, number>();
  #newest = -1;
  #stopped = false;
  #running: Promise<void>[] = [];
  #onNew = Promise.withResolvers<void>();

  static start(url: string, path: string, connections: number): SteadyCaller {
    const caller = new SteadyCaller();
    caller.#running = Array.from({ length: connections }, () => caller.#keepCalling(url, path));
    return caller;
  }

  /** When (performance.now()) the first answer of this version came. */
  async seen(version: number): Promise<number> {
    const deadline = AbortSignal.timeout(WITHIN_MS);
    const late = Promise.withResolvers<never>();
    deadline.addEventListener('abort', () => {
      late.reject(new Error(`version ${version} did not answer within ${WITHIN_MS / 1000} s of its save`));
    });
    for (;;) {
      const at = this.#firstSeenAt.get(version);
      if (at !== undefined) return at;
      await Promise.race([this.#onNew.promise, late.promise]);
    }
  }

  async stop(): Promise<Calls> {
    this.#stopped = true;
    await Promise.all(this.#running);
    return this.#calls;
  }

  async #keepCalling(url: string, path: string): Promise<void> {
    while (!this.#stopped) {
      let connection: HttpConnection | undefined;
      try {
        connection = await HttpConnection.open(url);
        const request = connection.prepare({ path });
        while (!this.#stopped) {
          await this.#call(connection, request);
          await setTimeout(PAUSE_MS);
        }
      } catch (error) {
        this.#fail(String(error));
        await setTimeout(PAUSE_MS);
      } finally {
        connection?.close();
      }
    }
  }

  async #call(connection: HttpConnection, request: Buffer): Promise<void> {
    const newestBefore = this.#newest;
    const { status, body } = await connection.send(request);
    if (status !== 200) return this.#fail(`${status} ${body.toString()}`);
    this.#calls.answered += 1;
    const version = Number(body.toString());
    if (version < newestBefore) this.#calls.stale += 1;
    if (version <= this.#newest) return;
    this.#newest = version;
    this.#firstSeenAt.set(version, performance.now());
    const { resolve } = this.#onNew;
    this.#onNew = Promise.withResolvers();
    resolve();
  }

  #fail(what: string): void {
    this.#calls.failures += 1;
    this.#calls.firstFailure ??= what;
  }
}
