/** A line of invocations waiting for an instance: first in, first out, abortable. Its bound is the pool's decision. */
import { FaasError } from '../core/errors.ts';

interface Waiter<K, T> {
  ticket: K;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export class Waiters<K, T> {
  // A Set keeps insertion order and removes from the middle in constant time.
  #line = new Set<Waiter<K, T>>();

  get size(): number {
    return this.#line.size;
  }

  /** What the first in line asked for. */
  get head(): K | undefined {
    const [head] = this.#line;
    return head?.ticket;
  }

  /** Joins the line; rejects with Cancelled when `signal` aborts first. */
  join(ticket: K, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        this.#line.delete(waiter);
        reject(new FaasError('Cancelled', 'the caller left while the invocation was waiting for a sandbox'));
      };
      const waiter: Waiter<K, T> = {
        ticket,
        resolve(value) {
          signal?.removeEventListener('abort', leave);
          resolve(value);
        },
        reject(reason) {
          signal?.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      this.#line.add(waiter);
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Serves the head of the line, in this tick. False when nobody waits. */
  serve(answer: (ticket: K) => T): boolean {
    const head = this.#shift();
    head?.resolve(answer(head.ticket));
    return head !== undefined;
  }

  /** Fails the head of the line. False when nobody waits. */
  fail(reason: unknown): boolean {
    const head = this.#shift();
    head?.reject(reason);
    return head !== undefined;
  }

  #shift(): Waiter<K, T> | undefined {
    const [head] = this.#line;
    if (head) this.#line.delete(head);
    return head;
  }
}
