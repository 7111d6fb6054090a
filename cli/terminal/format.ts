/** Figures as people read them: three or four digits and a unit. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `0.31 ms`, `42 ms`, `1.3 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < MINUTE - 50) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A setting: `3 s`, `250 ms`, `5 min`; nothing is rounded away. */
export function formatSetting(ms: number): string {
  if (ms >= MINUTE && ms % MINUTE === 0) return `${ms / MINUTE} min`;
  return ms < SECOND ? `${ms} ms` : `${ms / SECOND} s`;
}

/** How long ago: `4 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** `812 B`, `4.2 KB`, `1.5 MB`; 1 KB is 1024 bytes, as in every memory setting. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** Local time of day to the millisecond: `14:03:27.105`. */
export function formatClock(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/** `1 function`, `3 functions`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Text that came from elsewhere (function output, error messages) must not drive the user's terminal. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (_match, colour?: string) => colour ?? '');

// Everything below space but TAB and newline, and the C1 range; colours (SGR sequences) are harmless and stay.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /(\u001B\[[0-9;]*m)|[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu;
