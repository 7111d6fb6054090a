import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Context } from './context.ts';
import { FaasError } from '../runtime/core/errors.ts';

/**
 * The event as JSON text: what the flag says, `@file`, or `-` for stdin. Checked here so that a typing error is told
 * with its place, before anything runs.
 */
export async function readEvent({ io }: Context, data = '{}', flag = '--data'): Promise<string> {
  const source = data === '-' ? 'stdin' : data.startsWith('@') ? data.slice(1) : flag;
  const event =
    data === '-'
      ? await text(io.stdin)
      : data.startsWith('@')
        ? await readEventFile(io.cwd, source, flag)
        : data;
  try {
    JSON.parse(event);
    return event;
  } catch (error) {
    throw new FaasError('UsageError', `the event from ${source} is not JSON`, {
      expected: 'JSON text, @file or -',
      got: error instanceof Error ? error.message : event.slice(0, 80),
      remedy: `quote it for the shell: ${flag} '{"name":"Ada"}'`,
      cause: error,
    });
  }
}

async function readEventFile(cwd: string, file: string, flag: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new FaasError('UsageError', `the event file ${file} cannot be read`, {
      expected: 'a file with JSON in it',
      got: error instanceof Error ? error.message : String(error),
      remedy: `${flag} @FILE, a path from the working directory`,
      cause: error,
    });
  }
}
