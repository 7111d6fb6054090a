import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import type { Connection } from './connection.ts';
import { readableStack } from './stack-text.ts';

/** Longest text of one log message; what is longer is told in several. */
const MAX_LOG_BYTES = 256 * 1024;

const LEVELS = {
  trace: ['stderr', 'TRACE'],
  debug: ['stdout', 'DEBUG'],
  log: ['stdout', 'INFO'],
  info: ['stdout', 'INFO'],
  warn: ['stderr', 'WARN'],
  error: ['stderr', 'ERROR'],
} as const;

type StreamName = 'stdout' | 'stderr';

/** Where the function's output goes, and which invocation it belongs to. */
export interface Output {
  /** Runs `work`: what it prints, now or later, belongs to the invocation; null: to none. */
  during<T>(requestId: string | null, work: () => T): T;
  /**
   * From now on invocations may overlap, and each is followed through everything it awaits. Otherwise what is printed
   * between two belongs to the earlier, whose code prints it.
   */
  expectSeveral(): void;
  error(text: string): void;
  warn(text: string): void;
  /** Tells what was written without a newline: by this invocation where they overlap, else by anyone. */
  flush(requestId?: string): void;
}

/** Text without its newline yet, and whose it is. */
interface Partial {
  text: string;
  requestId: string | null;
}

/** Takes over console, process.stdout and process.stderr; one console call is one log message, however long. */
export function captureOutput(connection: Connection): Output {
  const partial: Record<StreamName, Partial> = { stdout: nothing(), stderr: nothing() };
  let latest: string | null = null;
  let followed: AsyncLocalStorage<string> | undefined;
  const current = (): string | null => (followed ? (followed.getStore() ?? null) : latest);

  const send = (stream: StreamName, level: string | null, requestId: string | null, text: string): void => {
    for (const part of pieces(Buffer.from(text)))
      connection.send({ type: 'log', requestId, stream, level }, part);
  };
  const tell = (stream: StreamName, level: string | null, text: string): void =>
    send(stream, level, current(), text);
  const flush = (stream: StreamName): void => {
    const { text, requestId } = partial[stream];
    partial[stream] = nothing();
    if (text) send(stream, null, requestId, text);
  };
  const write = (stream: StreamName, text: string): void => {
    const requestId = current();
    if (partial[stream].requestId !== requestId) flush(stream);
    const end = text.lastIndexOf('\n');
    const before = partial[stream].text;
    // What has no newline is only kept: programs that print a character at a time are common.
    const lines = end < 0 ? [] : (before + text.slice(0, end)).split('\n');
    partial[stream] = { text: end < 0 ? before + text : text.slice(end + 1), requestId };
    for (const line of lines) tell(stream, null, line);
    if (partial[stream].text.length > MAX_LOG_BYTES) flush(stream);
  };
  const output: Output = {
    during(requestId, work) {
      latest = requestId;
      return followed && requestId !== null ? followed.run(requestId, work) : work();
    },
    expectSeveral: () => (followed = new AsyncLocalStorage()),
    error: (text) => tell('stderr', 'ERROR', text),
    warn: (text) => send('stderr', 'WARN', latest, text),
    flush(requestId) {
      for (const stream of ['stdout', 'stderr'] as const) {
        const isOthers = followed && requestId !== undefined && partial[stream].requestId !== requestId;
        if (!isOthers) flush(stream);
      }
    },
  };
  captureConsole(tell);
  captureStream('stdout', write);
  captureStream('stderr', write);
  return output;
}

const nothing = (): Partial => ({ text: '', requestId: null });

/** Cut between characters. */
function* pieces(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  while (bytes.length - start > MAX_LOG_BYTES) {
    let end = start + MAX_LOG_BYTES;
    while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--; // within a character
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}

function captureConsole(tell: (stream: StreamName, level: string, text: string) => void): void {
  let indent = '';
  for (const [method, [stream, level]] of Object.entries(LEVELS)) {
    // The names come from a table of console's own methods.
    console[method as keyof typeof LEVELS] = (...args: unknown[]) => {
      let text = format(...args);
      if (method === 'trace') text = new Trace(text).stack ?? text;
      text = readableStack(text);
      tell(stream, level, indent ? indent + text.replaceAll('\n', `\n${indent}`) : text);
    };
  }
  console.group = console.groupCollapsed = (...label: unknown[]) => {
    if (label.length > 0) console.log(...label);
    indent += '  ';
  };
  console.groupEnd = () => {
    indent = indent.slice(2);
  };
}

class Trace extends Error {
  override readonly name = 'Trace';
}

/** The stream object stays Node's own, made when first asked for; only its `write` is ours. */
function captureStream(name: StreamName, write: (name: StreamName, text: string) => void): void {
  const original = Object.getOwnPropertyDescriptor(process, name);
  let stream: NodeJS.WriteStream | undefined;
  const capture = (): NodeJS.WriteStream => {
    stream = original?.get?.call(process) as NodeJS.WriteStream;
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : undefined;
      write(name, typeof chunk === 'string' ? decoded(chunk, encoding) : Buffer.from(chunk).toString());
      const done = rest.at(-1);
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
    return stream;
  };
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => stream ?? capture(),
  });
}

function decoded(text: string, encoding: BufferEncoding | undefined): string {
  const isText = encoding === undefined || /^utf-?8$/i.test(encoding);
  return isText ? text : Buffer.from(text, encoding).toString();
}
