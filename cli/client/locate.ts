import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { RuntimeFile } from '../../gateway/runtime-file.ts';
import { findConfigFile } from '../../runtime/config/find.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { processLives } from '../../runtime/core/process-lives.ts';
import type { Context } from '../context.ts';
import { AdminClient, unreachable } from './admin.ts';
import { parseAddress, readText, send } from './http.ts';

const HEALTH_TIMEOUT_MS = 2000;

/**
 * The runtime that this command line means, or undefined when none runs.
 *
 * Cheap on purpose: it reads one small file and asks /health; the configuration is not loaded. Only a data directory
 * that the configuration file itself moves elsewhere needs that, and then it is loaded.
 */
export async function findRuntime(context: Context): Promise<AdminClient | undefined> {
  if (context.options.endpoint !== undefined) return explicitEndpoint(context, context.options.endpoint);
  const usual = usualDataDir(context);
  const found = await runtimeIn(usual);
  if (found || explicitDataDir(context) !== undefined) return found;
  const configured = await configuredDataDir(context);
  return configured === usual ? undefined : runtimeIn(configured);
}

/** As `findRuntime`, for commands that can do nothing without one. */
export async function requireRuntime(context: Context): Promise<AdminClient> {
  const client = await findRuntime(context);
  if (client) return client;
  throw new FaasError('RuntimeNotRunning', 'no runtime is running here', {
    expected: 'a running runtime',
    got: `none recorded in ${usualDataDir(context)}`,
    remedy: 'faas start (in another terminal), or --data-dir / --endpoint of the one you mean',
  });
}

/** The data directory without loading the configuration: flag, environment, `.faas` beside the configuration file. */
export function usualDataDir(context: Context): string {
  const { io, options } = context;
  const explicit = explicitDataDir(context);
  if (explicit !== undefined) return resolve(io.cwd, explicit);
  const configFile =
    typeof options.config === 'string' ? resolve(io.cwd, options.config) : findConfigFile(io.cwd);
  return join(configFile === null ? io.cwd : dirname(configFile), '.faas');
}

const explicitDataDir = ({ io, options }: Context): string | undefined =>
  options.dataDir ?? (io.env['FAAS_DATA_DIR'] || undefined);

async function configuredDataDir(context: Context): Promise<string> {
  const { load } = await import('../load.ts');
  return (await load(context)).config.dataDir;
}

async function explicitEndpoint(context: Context, endpoint: string): Promise<AdminClient> {
  const url = parseAddress(endpoint);
  const token = context.io.env['FAAS_TOKEN'] ?? readRuntimeFile(usualDataDir(context))?.token ?? '';
  const client = new AdminClient(url, token);
  await health(url).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  return client;
}

/** A runtime.json outlives a killed runtime: its process must live and answer under the session it recorded. */
async function runtimeIn(dataDir: string): Promise<AdminClient | undefined> {
  const recorded = readRuntimeFile(dataDir);
  if (!recorded || !processLives(recorded.pid)) return undefined;
  const url = new URL(recorded.adminUrl);
  const sessionId = await health(url).catch(() => undefined);
  return sessionId === recorded.sessionId ? new AdminClient(url, recorded.token) : undefined;
}

export function readRuntimeFile(dataDir: string): RuntimeFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8'));
    return isRuntimeFile(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRuntimeFile(value: unknown): value is RuntimeFile {
  if (typeof value !== 'object' || value === null) return false;
  const file: Partial<Record<keyof RuntimeFile, unknown>> = value;
  return (
    typeof file.pid === 'number' &&
    typeof file.sessionId === 'string' &&
    typeof file.token === 'string' &&
    typeof file.adminUrl === 'string' &&
    URL.canParse(file.adminUrl)
  );
}

async function health(url: URL): Promise<string> {
  const response = await send({
    url: new URL('/health', url),
    signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
  });
  const body: unknown = JSON.parse(await readText(response));
  if (typeof body === 'object' && body !== null && 'sessionId' in body) return String(body.sessionId);
  throw new Error('the answer to /health is not a faas runtime’s');
}
