import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type * as z from 'zod';
import type { FunctionSettings, Trigger } from '../core/types.ts';
import { configError } from './config-error.ts';
import type { Problem } from './config-error.ts';
import { problemsOf, showPath, showValue } from './problems.ts';
import type { Budget } from './measure-fields.ts';
import { functionSchema } from './schema.ts';
import type { Path } from './walk.ts';

/** The rule of AWS Lambda for function names. */
const NAME = /^[\w-]{1,64}$/;

/**
 * A function's settings from what a user wrote, defaults filled in, in the runtime's units.
 *
 * @param raw keys as in faas.config.ts
 * @param baseDir what a relative `source` is relative to
 * @param path where `raw` stands, for messages; its last part is the function's key
 * @throws FaasError ConfigInvalid, naming every problem
 */
export function resolveFunction(name: string, raw: unknown, baseDir: string, path: Path): FunctionSettings {
  const result = readFunction(name, raw, baseDir, path);
  if (result.settings) return result.settings;
  throw configError(result.problems, `the settings of function '${name}'`);
}

/** The same, without throwing: either settings or problems. */
export function readFunction(
  name: string,
  raw: unknown,
  baseDir: string,
  path: Path,
): { settings?: FunctionSettings; budget?: Budget; problems: Problem[] } {
  const result = functionSchema.safeParse(raw);
  const problems = [
    ...nameProblems(name, path),
    ...(result.success ? [] : problemsOf(result.error, functionSchema, raw, path)),
    ...(result.success ? provisionedProblems(result.data, path) : []),
    ...sourceProblems(raw, baseDir, path),
  ];
  if (!result.success || problems.length > 0) return { problems };
  const { source, handler, memory, timeout, initTimeout, idleTimeout, tmp, triggers, freeze, ...others } =
    result.data;
  const { budget, ...same } = others;
  return {
    problems,
    ...(budget && { budget }),
    settings: {
      ...same,
      name,
      source: resolve(baseDir, source),
      handler,
      memoryMb: memory,
      timeoutMs: timeout,
      initTimeoutMs: initTimeout,
      idleTimeoutMs: idleTimeout,
      tmpMb: tmp,
      freezeMs: freeze,
      triggers: triggers.length > 0 ? triggers : defaultTriggers(name),
    },
  };
}

/** A function that names no trigger answers any method at its name and below. */
const defaultTriggers = (name: string): Trigger[] => [
  { type: 'http', method: 'ANY', path: `/${name}` },
  { type: 'http', method: 'ANY', path: `/${name}/*` },
];

function nameProblems(name: string, path: Path): Problem[] {
  if (NAME.test(name)) return [];
  return [
    {
      path: showPath(path),
      expected: 'a function name of 1 to 64 letters, digits, - and _',
      got: showValue(name),
      remedy: 'rename the function',
    },
  ];
}

function provisionedProblems(
  { provisioned, concurrency }: z.output<typeof functionSchema>,
  path: Path,
): Problem[] {
  if (provisioned <= concurrency) return [];
  return [
    {
      path: showPath([...path, 'provisioned']),
      expected: `at most ${concurrency}, the function's concurrency`,
      got: String(provisioned),
      remedy: 'lower it, or raise concurrency',
    },
  ];
}

function sourceProblems(raw: unknown, baseDir: string, path: Path): Problem[] {
  const source: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'source') : undefined;
  if (typeof source !== 'string' || source.trim() === '') return [];
  const folder = resolve(baseDir, source);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return [];
  return [
    {
      path: showPath([...path, 'source']),
      expected: 'a folder that exists',
      got: stats ? `${folder}, which is a file` : `${folder}, which does not exist`,
      remedy: stats
        ? 'name the folder; handler names the file in it'
        : `create it or correct the path${isAbsolute(source) ? '' : `: it is relative to ${baseDir}`}`,
    },
  ];
}
