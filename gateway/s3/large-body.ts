/** A large body on its way to the disk: gathered in pieces, each of which is written while a thread hashes it. */
import type { DigestValues } from './digests.ts';
import { PIECES, PIECE_BYTES } from './hash-threads.ts';
import type { HashLane } from './hash-threads.ts';

export class LargeBody {
  readonly copies = true;
  readonly #lane: HashLane;
  readonly #write: (piece: Uint8Array) => Promise<void> | void;
  readonly #memory: Uint8Array;
  /** For each piece: what still reads its bytes. */
  readonly #busy = Array.from({ length: PIECES }, () => Promise.resolve());
  /** The piece that is being filled. */
  #current = 0;
  #filled = 0;

  /** @param write must have done with the bytes when it resolves */
  constructor(lane: HashLane, write: (piece: Uint8Array) => Promise<void> | void) {
    this.#lane = lane;
    this.#write = write;
    this.#memory = new Uint8Array(lane.memory);
  }

  /** Copies the chunk; waits while all pieces are in use. */
  async take(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      if (this.#filled === 0) await this.#busy[this.#current];
      const part = chunk.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#memory.set(part, this.#current * PIECE_BYTES + this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE_BYTES) this.#handOver();
    }
  }

  async finish(): Promise<DigestValues> {
    if (this.#filled > 0) this.#handOver();
    await Promise.all(this.#busy);
    return this.#lane.digest();
  }

  /** To be called in every case, when all is written or must be given up. */
  async release(): Promise<void> {
    await Promise.allSettled(this.#busy);
    this.#lane.release();
  }

  #handOver(): void {
    const start = this.#current * PIECE_BYTES;
    const end = start + this.#filled;
    const piece = this.#memory.subarray(start, end);
    // The last may be so small that it is kept until the body is complete, when the lane may be somebody else's.
    const written = Promise.resolve(this.#write(this.#filled === PIECE_BYTES ? piece : piece.slice()));
    const done = bothSettled(written, this.#lane.hash(start, end));
    // Whoever waits for the piece, or for the end, hears of it.
    done.catch(() => undefined);
    this.#busy[this.#current] = done;
    this.#current = (this.#current + 1) % PIECES;
    this.#filled = 0;
  }
}

/** Not Promise.all: when one fails, the other still reads the bytes. */
async function bothSettled(...work: Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
