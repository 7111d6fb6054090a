import type { Context } from '../context.ts';
import { describeError } from '../terminal/errors.ts';
import { plural } from '../terminal/format.ts';

export interface Stoppable {
  /** Invocations that are running at this moment. */
  running(): number;
  /** Stops accepting, waits up to `drainMs` for what runs, removes every sandbox. */
  stop(drainMs: number): Promise<void>;
}

const DRAIN_MS = 10_000;

/** One Ctrl-C can arrive twice: from the terminal, which signals the whole group, and from npm, which passes it on. */
const SAME_KEYSTROKE_MS = 300;

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Waits for SIGINT, SIGTERM or SIGHUP (the terminal was closed), then stops gracefully: first drain, at the second signal at once.
 *
 * @returns the exit code: 0 after a clean stop, the signal's when it was forced
 */
export function stopOnSignal(context: Context, target: Stoppable): Promise<number> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    let exitCode = 0;
    const stop = (drainMs: number): void => {
      target.stop(drainMs).then(finish, (error: unknown) => {
        context.note(describeError(error, context.errorColors, context.options.verbose === true));
        exitCode = 1;
        finish();
      });
    };
    const finish = (): void => {
      for (const name of SIGNALS) process.off(name, onSignal);
      resolve(exitCode);
    };
    const onSignal = (name: keyof typeof SIGNAL_CODES): void => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        context.note(stoppingText(context, target.running()));
        stop(DRAIN_MS);
      } else if (exitCode === 0 && performance.now() - firstAt > SAME_KEYSTROKE_MS) {
        exitCode = SIGNAL_CODES[name];
        context.note('Forced: removing sandboxes without waiting.');
        stop(0);
      }
    };
    for (const name of SIGNALS) process.on(name, onSignal);
  });
}

function stoppingText({ errorColors }: Context, running: number): string {
  if (running === 0) return errorColors.dim('\nStopping.');
  const wait = `waiting up to ${DRAIN_MS / 1000} s for ${plural(running, 'invocation')}`;
  return errorColors.dim(`\nStopping: ${wait}; Ctrl-C again stops at once.`);
}
