/**
 * Hashing large bodies beside the server's thread: MD5 alone takes 26 ms for 16 MB, in which no function could be
 * called. A body has a *lane*: some memory that both threads see, so that bytes are copied once and none are sent.
 *
 * Threads are started when they are needed. There are few lanes, so that memory has a limit whatever comes; a body that
 * finds none is hashed by whoever receives it, and no slow client can keep another waiting.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DigestPlan, DigestValues } from './digests.ts';
import type { FromHasher, ToHasher } from './hash-worker.ts';

export const PIECE_BYTES = 256 * 1024;
/** One is filled while others are hashed and written. */
export const PIECES = 3;

const THREADS = Math.min(2, availableParallelism());
const LANES_PER_THREAD = 4;

export interface HashLane {
  /** `PIECES` of `PIECE_BYTES` each. */
  readonly memory: SharedArrayBuffer;
  /** Resolves when that stretch of the memory was hashed, hence may change. Stretches are hashed in their order. */
  hash(start: number, end: number): Promise<void>;
  digest(): Promise<DigestValues>;
  /** Gives the lane back. Nothing may be under way. */
  release(): void;
}

export class HashThreads {
  #threads: HashThread[] = [];

  /** A lane for one body, or undefined when all are in use. */
  begin(plan: DigestPlan): HashLane | undefined {
    this.#threads = this.#threads.filter(({ failed }) => !failed);
    let thread = this.#threads.toSorted((a, b) => a.used - b.used)[0];
    if ((thread?.used ?? 1) > 0 && this.#threads.length < THREADS) {
      thread = new HashThread();
      this.#threads.push(thread);
    }
    return thread?.begin(plan);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

class HashThread {
  readonly #worker = startWorker();
  readonly #lanes = Array.from({ length: LANES_PER_THREAD }, (_, number) => new Lane(number));
  #failure: Error | undefined;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', ({ lane, values }: FromHasher) => this.#lanes[lane]?.answered(values));
    this.#worker.once('error', (error) => this.#fail(error));
    this.#worker.once('exit', () => this.#fail(new Error('the thread that hashes uploads has ended')));
  }

  get used(): number {
    return this.#lanes.filter(({ isFree }) => !isFree).length;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  begin(plan: DigestPlan): HashLane | undefined {
    const lane = this.#lanes.find(({ isFree }) => isFree);
    lane?.begin(plan, (message) => post(this.#worker, message));
    return lane;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const lane of this.#lanes) lane.fail(this.#failure);
  }
}

class Lane implements HashLane {
  readonly #number: number;
  #memory: SharedArrayBuffer | undefined;
  #send: ((message: ToHasher) => void) | undefined;
  #failure: Error | undefined;
  /** Answers come in the order of the questions. */
  #waiting: PromiseWithResolvers<DigestValues | undefined>[] = [];

  constructor(number: number) {
    this.#number = number;
  }

  get isFree(): boolean {
    return this.#send === undefined;
  }

  get memory(): SharedArrayBuffer {
    this.#memory ??= new SharedArrayBuffer(PIECES * PIECE_BYTES);
    return this.#memory;
  }

  begin(plan: DigestPlan, send: (message: ToHasher) => void): void {
    this.#send = send;
    send({ lane: this.#number, begin: plan, memory: this.memory });
  }

  async hash(start: number, end: number): Promise<void> {
    await this.#ask({ lane: this.#number, start, end });
  }

  async digest(): Promise<DigestValues> {
    const values = await this.#ask({ lane: this.#number, finish: true });
    if (!values) throw new Error('a hash was answered out of turn');
    return values;
  }

  release(): void {
    this.#send = undefined;
  }

  answered(values: DigestValues | undefined): void {
    this.#waiting.shift()?.resolve(values);
  }

  fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #ask(message: ToHasher): Promise<DigestValues | undefined> {
    if (this.#failure) throw this.#failure;
    const answer = Promise.withResolvers<DigestValues | undefined>();
    this.#waiting.push(answer);
    this.#send?.(message);
    return answer.promise;
  }
}

/** The source, or what scripts/build.ts made of it; both are in `s3/`, one folder up. */
const startWorker = (): Worker =>
  new Worker(new URL(`../s3/hash-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const post = (worker: Worker, message: ToHasher): void => worker.postMessage(message);
