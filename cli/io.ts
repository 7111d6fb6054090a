/** What a command may touch of the process it runs in; tests hand in their own. */
import type { Readable, Writable } from 'node:stream';

export interface Io {
  stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  stdin: Readable & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Set by a command that goes on when nobody reads what it prints. */
  outlivesReaders?: boolean;
}

export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
  };
}

/**
 * `faas logs | head` closes our stdout: that is the reader's wish and no error. A command ends then, unless it said
 * that it has other things to do.
 */
export function endQuietlyOnClosedPipe(io: Io): void {
  for (const stream of [io.stdout, io.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!io.outlivesReaders) process.exit(0);
    });
  }
}
