import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FaasError } from '../core/errors.ts';

/** A configuration file that cannot be read, parsed or run, with file and line where they can be found out. */
export function notReadable(file: string, error: unknown, jsonText?: string): FaasError {
  const reason = error instanceof Error ? error.message : String(error);
  const where = jsonText === undefined ? placeOf(file, error) : jsonPlace(file, reason, jsonText);
  return new FaasError('ConfigInvalid', `${where ?? file}: ${firstLine(reason)}`, {
    expected: 'a configuration file that loads without an error',
    got: error instanceof Error ? `${error.name}: ${firstLine(reason)}` : reason,
    remedy: remedyFor(error),
    cause: error,
  });
}

function remedyFor(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return 'install what it imports (npm install), or correct the import: file names carry their extension';
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'use TypeScript that Node can strip: no enum, namespace or parameter property';
  }
  if (code === 'EACCES') return 'make the file readable';
  return 'correct the file at that line';
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** `file:line` of the error: from the frame Node puts first, else from the first call inside the user's files. */
function placeOf(file: string, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const stack = error.stack ?? '';
  const head = /^((?:file:\/\/|\/|[A-Za-z]:)[^\n]*?):(\d+)\n/.exec(stack);
  if (head) return place(head);
  // Only the file's own syntax error comes without a place: Node keeps that frame to itself.
  if (error.name === 'SyntaxError') return syntaxPlace(file);
  return place(/(file:\/\/[^\n]*?\?faas-config=\d+):(\d+):\d+/.exec(stack));
}

/** Asks Node to check the file by itself, which prints the place. */
function syntaxPlace(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 });
  return place(/^((?:file:\/\/|\/|[A-Za-z]:)[^\n]*?):(\d+)$/m.exec(stderr ?? ''));
}

/** A match of a path or URL and a line, as a path. */
function place(match: RegExpExecArray | null): string | undefined {
  const [, where = '', line] = match ?? [];
  if (line === undefined) return undefined;
  return `${where.startsWith('file:') ? fileURLToPath(where) : where}:${line}`;
}

function jsonPlace(file: string, reason: string, text: string): string {
  const position = /position (\d+)/.exec(reason);
  const upTo = position ? text.slice(0, Number(position[1])) : text;
  return `${file}:${upTo.split('\n').length}`;
}
