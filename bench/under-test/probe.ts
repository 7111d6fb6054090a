/** Loaded into the runtime for the soak row: says, when asked, what only the inside knows. */
import { setTimeout } from 'node:timers/promises';

process.on('message', () => void answer());
// The runtime's end must not wait for us.
process.channel?.unref();

async function answer(): Promise<void> {
  // Twice, with a turn of the event loop between: what the first one finalizes, the second one frees.
  globalThis.gc?.();
  await setTimeout(50);
  globalThis.gc?.();
  const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
  process.send?.({ heapMb, handles: process.getActiveResourcesInfo().length });
}
