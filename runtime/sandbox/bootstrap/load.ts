import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LambdaHandler, Loaded, WebApp } from './handler.ts';
import { awslambda, isStreaming } from './streaming.ts';
import { RuntimeError } from './wire-error.ts';

export interface Target {
  taskRoot: string;
  /** Relative to the task root. */
  entry: string;
  /** Dotted path of the export; empty: `handler`, else the default export. */
  exportName: string;
  /** How the user wrote it; for messages. */
  handler: string;
}

/** Loads the entry and finds the handler in it. Throws Lambda's error types for Lambda's reasons. */
export async function load(target: Target): Promise<Loaded> {
  Object.assign(globalThis, { awslambda });
  const module = await importEntry(join(target.taskRoot, target.entry), target);
  const found = target.exportName ? byPath(module, target.exportName) : byHabit(module);
  if (isWebApp(found)) return { style: 'web', app: found };
  if (isHandler(found)) return { style: isStreaming(found) ? 'streaming' : 'lambda', handler: found };
  throw new RuntimeError(
    'HandlerNotFound',
    found === undefined || found === null
      ? `${target.handler} is undefined or not exported`
      : `${target.handler} is not a function`,
  );
}

async function importEntry(file: string, target: Target): Promise<unknown> {
  if (!existsSync(file)) {
    throw new RuntimeError('ImportModuleError', `Error: Cannot find module '${target.entry}'`);
  }
  try {
    // require loads both kinds of module and is the quicker of the two ways in.
    return createRequire(file)(file) as unknown;
  } catch (error) {
    if (codeOf(error) === 'ERR_REQUIRE_ASYNC_MODULE') return await importAsync(file);
    throw asLambdaError(error);
  }
}

/** Only a module that awaits at its top level has to come this way. */
async function importAsync(file: string): Promise<unknown> {
  const { pathToFileURL } = await import('node:url');
  try {
    return (await import(pathToFileURL(file).href)) as unknown;
  } catch (error) {
    throw asLambdaError(error);
  }
}

function asLambdaError(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof SyntaxError) return new RuntimeError('UserCodeSyntaxError', String(error), error);
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
    return new RuntimeError('ImportModuleError', String(error), error);
  }
  return error;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** `a.b.c` in the module, or in its default export: what CommonJS and transpilers make of it. */
function byPath(module: unknown, path: string): unknown {
  const walk = (from: unknown): unknown =>
    path.split('.').reduce((value: unknown, key) => property(value, key), from);
  return walk(module) ?? walk(property(module, 'default'));
}

function byHabit(module: unknown): unknown {
  const fallback = property(module, 'default') ?? module;
  return property(module, 'handler') ?? property(fallback, 'handler') ?? defaultOf(fallback);
}

/** A transpiled CommonJS default may sit one level deeper. */
function defaultOf(value: unknown): unknown {
  if (typeof value === 'function' || isWebApp(value)) return value;
  const inner = property(value, 'default');
  return typeof inner === 'function' || isWebApp(inner) ? inner : undefined;
}

function property(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** What it takes and returns shows when it is called. */
const isHandler = (value: unknown): value is LambdaHandler => typeof value === 'function';

function isWebApp(value: unknown): value is WebApp {
  return typeof value === 'object' && value !== null && typeof property(value, 'fetch') === 'function';
}
