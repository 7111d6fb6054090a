/** The thread that hashes large bodies: whose memory it reads and what it is told, see hash-threads.ts. */
import { parentPort } from 'node:worker_threads';
import { startDigests } from './digests.ts';
import type { DigestPlan, Digests, DigestValues } from './digests.ts';

/** Of one lane: a body begins, a stretch of the lane's memory follows, the body ends. */
export type ToHasher =
  | { lane: number; begin: DigestPlan; memory: SharedArrayBuffer }
  | { lane: number; start: number; end: number }
  | { lane: number; finish: true };

/** One for each stretch and each end, in their order. */
export type FromHasher = { lane: number; values: DigestValues | undefined };

interface Body {
  memory: SharedArrayBuffer;
  digests: Digests;
}

const bodies = new Map<number, Body>();

parentPort?.on('message', (message: ToHasher) => void answer(message));

async function answer(message: ToHasher): Promise<void> {
  const { lane } = message;
  if ('begin' in message) {
    bodies.set(lane, { memory: message.memory, digests: startDigests(message.begin) });
    return;
  }
  const body = bodies.get(lane);
  if (!body) throw new Error(`no body was begun in lane ${lane}`);
  if ('finish' in message) return tell({ lane, values: await body.digests.digest() });
  const { start, end } = message;
  body.digests.update(new Uint8Array(body.memory, start, end - start));
  tell({ lane, values: undefined });
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const tell = (message: FromHasher): void => parentPort?.postMessage(message);
