import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '../client/admin.ts';
import type { Context } from '../context.ts';
import { formatClock } from './format.ts';
import { onInterrupt } from './interrupt.ts';

const REFRESH_MS = 500;

/** Draws `view` again and again on the alternate screen, which leaves the user's scrollback as it was. */
export async function liveView(
  context: Context,
  client: AdminClient,
  view: () => Promise<string>,
): Promise<void> {
  const { stdout } = context.io;
  const interrupt = onInterrupt();
  stdout.write(`${ALTERNATE_SCREEN}${HIDE_CURSOR}`);
  try {
    while (!interrupt.signal.aborted) {
      const text = await view();
      const title = context.colors.dim(
        `faas ps  ${client.url.host}  ${formatClock(Date.now()).slice(0, 8)}  Ctrl-C ends`,
      );
      stdout.write(
        HOME + fit(`${title}\n\n${text}`, stdout.rows).replaceAll('\n', `${CLEAR_LINE}\n`) + CLEAR_BELOW,
      );
      await sleep(REFRESH_MS, undefined, { signal: interrupt.signal }).catch(() => {});
    }
  } finally {
    interrupt.dispose();
    stdout.write(`${SHOW_CURSOR}${MAIN_SCREEN}`);
  }
}

function fit(text: string, rows = 24): string {
  const lines = text.split('\n');
  if (lines.length < rows) return text;
  return [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more`].join('\n');
}

const ALTERNATE_SCREEN = '\u001B[?1049h';
const MAIN_SCREEN = '\u001B[?1049l';
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';
