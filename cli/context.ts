import picocolors from 'picocolors';
import type { Io } from './io.ts';

/** Flags that every command has. */
export interface CommonOptions {
  /** `true` only where the file may be left out (`faas doctor --config`). */
  config?: string | true;
  dataDir?: string;
  endpoint?: string;
  json?: boolean;
  verbose?: boolean;
}

export type Colors = ReturnType<typeof picocolors.createColors>;

/** What a command works with: where it writes, in which form, and what its exit code will be. */
export class Context {
  readonly io: Io;
  readonly options: CommonOptions;
  /** Colours of stdout and stderr: either may be a pipe. */
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** 0 unless the command failed without an error of its own (an invocation that ended badly). */
  exitCode = 0;

  constructor(io: Io, options: CommonOptions = {}) {
    this.io = io;
    this.options = options;
    this.colors = picocolors.createColors(wantsColor(io.env, io.stdout.isTTY));
    this.errorColors = picocolors.createColors(wantsColor(io.env, io.stderr.isTTY));
  }

  /** The same command line with other common flags. */
  with(options: CommonOptions): Context {
    return new Context(this.io, { ...this.options, ...options });
  }

  get json(): boolean {
    return this.options.json === true;
  }

  /** The command's answer: a JSON document with --json, else text made for people. */
  result(document: unknown, text: () => string): void {
    if (this.json) this.writeJson(document);
    else this.write(text());
  }

  writeJson(document: unknown): void {
    this.write(this.jsonText(document));
  }

  /** Indented for eyes, one line for programs. */
  jsonText(document: unknown): string {
    return JSON.stringify(document, null, this.io.stdout.isTTY === true ? 2 : undefined);
  }

  write(text: string): void {
    if (text !== '') this.io.stdout.write(`${text}\n`);
  }

  /** Everything that is not the answer: hints, warnings, progress. */
  note(text: string): void {
    if (text !== '') this.io.stderr.write(`${text}\n`);
  }
}

/** https://no-color.org, and FORCE_COLOR for those who pipe into a pager. */
function wantsColor(env: NodeJS.ProcessEnv, isTTY: boolean | undefined): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return isTTY === true && env['TERM'] !== 'dumb';
}
