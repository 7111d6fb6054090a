/**
 * Gives the memory of what was received back at once; nobody may read it afterwards, nor may a write of it be under way.
 *
 * Otherwise it would wait for the garbage collector, whom megabytes outside the heap make run through all of it: at large
 * bodies that took almost half of the runtime's CPU time, and a sandbox touched new memory all the time.
 */
export function release(chunks: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of chunks) {
    // A part of a larger buffer does not own it.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
  }
}
