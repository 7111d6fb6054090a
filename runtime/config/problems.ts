/** What is wrong with a configuration, all of it at once, in the words of the person who wrote it. */
import { inspect } from 'node:util';
import type * as z from 'zod';
import { closest } from './closest.ts';
import type { Problem } from './config-error.ts';
import { keysAt } from './walk.ts';
import type { Path } from './walk.ts';

/** `functions.hello.triggers[0].http` */
export function showPath(path: Path): string {
  let shown = '';
  for (const key of path) {
    if (typeof key === 'number') shown += `[${key}]`;
    else if (/^[\w$-]+$/.test(String(key))) shown += shown === '' ? String(key) : `.${String(key)}`;
    else shown += `[${JSON.stringify(String(key))}]`;
  }
  return shown;
}

/** What came, short enough for one line. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number') return String(value);
  const text = inspect(value, { depth: 3, breakLength: Infinity });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Turns what zod found in `input` into problems; `at` says where `input` stands in the whole, `besides` which keys it
 * may have that the schema does not name.
 */
export function problemsOf(
  error: z.core.$ZodError,
  schema: z.core.$ZodType,
  input: unknown,
  at: Path,
  besides: readonly string[] = at.length === 0 ? ['functions'] : [],
): Problem[] {
  return error.issues
    .filter((issue) => !isConsequence(issue, error.issues))
    .flatMap((issue) => problemsOfIssue(issue, [], { schema, input, at, besides }));
}

/** A rule about a whole that fails because a part of it is wrong says nothing new. */
function isConsequence(issue: z.core.$ZodIssue, all: readonly z.core.$ZodIssue[]): boolean {
  if (issue.code !== 'custom') return false;
  return all.some((other) => other !== issue && issue.path.every((key, index) => other.path[index] === key));
}

interface Context {
  schema: z.core.$ZodType;
  input: unknown;
  at: Path;
  besides: readonly string[];
}

function problemsOfIssue(issue: z.core.$ZodIssue, before: Path, context: Context): Problem[] {
  const path = [...before, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, context));
    case 'invalid_union': {
      const branch = branchMeant(issue.errors);
      return branch
        ? branch.flatMap((inner) => problemsOfIssue(inner, path, context))
        : [problem(path, issue.message, context)];
    }
    case 'invalid_key':
      return issue.issues.flatMap((inner) => problemsOfIssue(inner, path, context));
    case 'invalid_value':
      return [
        problem(path, issue.message, context, {
          remedy: suggest(valueAt(context.input, path), issue.values),
        }),
      ];
    case 'custom':
      return [problem(path, issue.message, context, readMistake(issue.params))];
    default:
      return [problem(path, issue.message, context)];
  }
}

/** The alternative whose type the value has: its complaints are the ones that help. */
function branchMeant(branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const meant = branches.filter(
    (issues) => !issues.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

function suggest(value: unknown, known: readonly unknown[]): string | undefined {
  const words = known.filter((one) => typeof one === 'string');
  const meant = typeof value === 'string' ? closest(value, words) : undefined;
  return meant && `did you mean '${meant}'?`;
}

type Told = { got?: string | undefined; remedy?: string | undefined };

function problem(path: Path, expected: string, context: Context, told: Told = {}): Problem {
  const where = showPath([...context.at, ...path]);
  const value = valueAt(context.input, path);
  const isSecret = /secret/i.test(String(path.at(-1) ?? ''));
  return {
    path: where,
    expected,
    got: told.got ?? (isSecret && value !== undefined ? 'a value that is not shown' : showValue(value)),
    remedy: told.remedy ?? (value === undefined ? `add ${where}` : `change ${where}`),
  };
}

/** Names from other tools, and what they are called here. */
const OTHER_NAMES: Record<string, string> = {
  memorySize: 'memory',
  memoryMb: 'memory',
  timeoutMs: 'timeout',
  environment: 'env',
  dir: 'source',
  path: 'source',
  code: 'source',
  src: 'source',
  events: 'triggers',
  maxConcurrency: 'concurrency',
  reservedConcurrency: 'concurrency',
  ephemeralStorageSize: 'tmp',
};

function unknownKey(key: string, path: Path, context: Context): Problem {
  const known = [...keysAt(context.schema, path), ...(path.length === 0 ? context.besides : [])];
  const other = Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : undefined;
  const meant = other && known.includes(other) ? other : closest(key, known);
  const full = [...context.at, ...path, key];
  return {
    path: showPath(full),
    expected: `one of the keys ${known.join(', ')}`,
    got: `the unknown key '${key}'`,
    remedy: meant ? `did you mean '${meant}'?` : `remove ${showPath(full)}`,
  };
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** What readWith put there. */
const readMistake = (params: Record<string, unknown> | undefined): Told => params ?? {};
