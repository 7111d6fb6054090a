import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { engineError, isConnectionError, statusOf } from './errors.ts';

const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 1000;
/** Long enough for an engine to be restarted; what is left then is swept by the next start. */
const GIVE_UP_AFTER_MS = 30_000;

/**
 * Kills a container if it runs and removes it with its anonymous volumes: one request. Resolves when it is gone,
 * whoever removed it; rejects with a named error when the engine cannot do it or stays away, at the latest when
 * `giveUp` is aborted.
 */
export async function removeContainer(engine: Engine, idOrName: string, giveUp?: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
    try {
      return void (await engine.docker.getContainer(idOrName).remove({ force: true, v: true }));
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return;
      // 409: somebody else is removing it. 500: its files are still busy. No answer: the engine is being restarted.
      const passing = status === 409 || status === 500 || isConnectionError(error);
      if (!passing || giveUp?.aborted || performance.now() > giveUpAt) {
        throw engineError(error, `remove the container ${idOrName}`, engine.endpoint);
      }
      await sleep(waitMs, undefined, giveUp ? { signal: giveUp } : {}).catch(() => undefined);
    }
  }
}
