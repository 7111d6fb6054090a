import type { LogLine } from '../../runtime/core/types.ts';
import type { Colors } from '../context.ts';
import { formatClock, printable } from './format.ts';

/** `14:03:27.105 hello  INFO  text`: one line of a function's output. `nameWidth` aligns several functions. */
export function logLine(entry: LogLine, colors: Colors, nameWidth = entry.function.length): string {
  const { dim } = colors;
  const name = colorOf(entry.function, colors)(entry.function.padEnd(nameWidth));
  const indent = ' '.repeat(4);
  const text = printable(readable(entry.line)).replaceAll('\n', `\n${indent}`);
  if (entry.stream === 'system')
    return dim(`${formatClock(entry.at)} ${entry.function.padEnd(nameWidth)}  ${text}`);
  return `${dim(formatClock(entry.at))} ${name}  ${levelText(entry, colors)}${text}`;
}

/** Lambda logs an error that a handler threw as one line of JSON; people read its stack trace. */
function readable(line: string): string {
  const [, kind, json] =
    /^(Invoke Error|Uncaught Exception|Unhandled Promise Rejection)\s*(\{.*\})$/su.exec(line) ?? [];
  if (kind === undefined || json === undefined) return line;
  try {
    const { stack }: { stack?: unknown } = JSON.parse(json);
    return Array.isArray(stack) ? stack.map(String).join('\n') : line;
  } catch {
    return line;
  }
}

function levelText({ level, stream }: LogLine, { dim, red, yellow }: Colors): string {
  if (level === null) return stream === 'stderr' ? dim('stderr ') : '';
  const text = `${level.padEnd(5)} `;
  if (level === 'ERROR' || level === 'FATAL') return red(text);
  return level === 'WARN' ? yellow(text) : dim(text);
}

/** Each function keeps its colour, whatever runs beside it. */
export function colorOf(name: string, colors: Colors): (text: string) => string {
  const palette = [colors.cyan, colors.magenta, colors.blue, colors.green, colors.yellow];
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 65_537;
  return palette[hash % palette.length] ?? colors.cyan;
}
