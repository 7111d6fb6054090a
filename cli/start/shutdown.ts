import type { Context } from '../context.ts';
import { plural } from '../terminal/format.ts';

export interface Stoppable {
  /** Invocations that are running at this moment. */
  running(): number;
  /** Stops accepting, waits up to `drainMs` for what runs, removes every sandbox. */
  stop(drainMs: number): Promise<void>;
}

export const DRAIN_MS = 10_000;

/** One Ctrl-C can arrive twice: from the terminal, which signals the whole group, and from npm, which passes it on. */
const SAME_KEYSTROKE_MS = 300;

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Waits for SIGINT or SIGTERM, then stops gracefully: first drain, at the second signal at once.
 *
 * @returns the exit code: 0 after a clean stop, the signal's when it was forced
 */
export function stopOnSignal(context: Context, target: Stoppable): Promise<number> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const finish = (code: number): void => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
      resolve(code);
    };
    const onSignal = (name: 'SIGINT' | 'SIGTERM'): void => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        context.note(stoppingText(context, target.running()));
        void target.stop(DRAIN_MS).then(
          () => finish(0),
          (error: unknown) => failed(error),
        );
      } else if (performance.now() - firstAt > SAME_KEYSTROKE_MS) {
        context.note('Forced: removing sandboxes without waiting.');
        void target.stop(0).then(
          () => finish(SIGNALS[name]),
          (error: unknown) => failed(error),
        );
      }
    };
    const failed = (error: unknown): void => {
      context.note(`stopping failed: ${error instanceof Error ? error.message : String(error)}`);
      finish(1);
    };
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  });
}

function stoppingText({ errorColors }: Context, running: number): string {
  if (running === 0) return errorColors.dim('\nStopping.');
  const wait = `waiting up to ${DRAIN_MS / 1000} s for ${plural(running, 'invocation')}`;
  return errorColors.dim(`\nStopping: ${wait}; Ctrl-C again stops at once.`);
}
