import type { Context } from '../context.ts';

/** Shorter work needs no animation. */
const QUIET_MS = 300;

/** Runs `work`; when it takes longer than a glance a spinner on stderr tells what is going on. */
export async function withProgress<T>(
  context: Context,
  text: string,
  work: (say: (text: string) => void) => Promise<T>,
): Promise<T> {
  if (context.io.stderr.isTTY !== true || context.json) return work(() => {});
  let current = text;
  let spinner: { text: string; stop(): unknown } | undefined;
  let done = false;
  const timer = setTimeout(() => {
    void import('yocto-spinner').then(({ default: create }) => {
      if (!done) spinner = create({ text: current, stream: process.stderr }).start();
    });
  }, QUIET_MS);
  try {
    return await work((next) => {
      current = next;
      if (spinner) spinner.text = next;
    });
  } finally {
    done = true;
    clearTimeout(timer);
    spinner?.stop();
  }
}
