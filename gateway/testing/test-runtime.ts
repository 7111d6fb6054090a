/** A runtime for tests: deploys folders, calls them, keeps their records, leaves nothing behind. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DeployRequest, Runtime } from '../../runtime/api.ts';
import { loadConfig, type LoadedConfig } from '../../runtime/config/load.ts';
import type { UserConfig } from '../../runtime/config/schema.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { ErrorPayload, InvocationRecord } from '../../runtime/core/types.ts';
import { startScratch } from './scratch.ts';

/**
 * As in faas.config.ts. Without `functions` the project's own configuration is read, and of the options here only
 * `driver` and `prewarm` are laid over it.
 */
export interface TestRuntimeOptions extends UserConfig {
  /** Where relative paths begin and the configuration is looked for; default: the working directory. */
  cwd?: string | undefined;
}

export interface TestCall {
  record: InvocationRecord;
  /** The answer; null when the call failed. */
  payload: unknown;
  /** Null when it succeeded. */
  error: ErrorPayload | null;
}

/** One deployed function; what the matchers take. */
export interface TestFunction {
  readonly name: string;
  /** The share of its memory setting and its limits are read from here. */
  readonly memoryMb: number;
  /** Calls it with this event (default `{}`); what the function does decides nothing but the outcome. */
  invoke(event?: unknown): Promise<TestCall>;
  /** The same, on a sandbox that is started for it. */
  coldStart(event?: unknown): Promise<TestCall>;
  /** Calls it over HTTP; `path` as its triggers have it, default `/NAME`. */
  fetch(path?: string, init?: RequestInit): Promise<Response>;
  /** Of every call so far, oldest first. */
  records(): InvocationRecord[];
}

export interface TestRuntime extends AsyncDisposable {
  /** Where HTTP triggers answer. */
  readonly url: string;
  /** For AWS_ENDPOINT_URL of clients; keys `faas` and `faas-secret`. */
  readonly awsEndpoint: string;
  readonly driver: string;
  /** Throws FunctionNotFound. */
  function(name: string): TestFunction;
  /** Builds and deploys a folder, with settings as in faas.config.ts. */
  deploy(folder: string, settings?: { name?: string } & Record<string, unknown>): Promise<TestFunction>;
  /** Of every call so far, oldest first. */
  records(): InvocationRecord[];
  /** Ends every sandbox and removes the data directory. */
  close(): Promise<void>;
}

/**
 * Starts a runtime in this process on free ports, with a data directory that goes with it. Nothing is prewarmed unless
 * asked for, so that a cold start is a whole one.
 *
 * @throws FaasError ConfigInvalid; BuildFailed and its kin when a function does not build; EngineUnavailable and its kin
 */
export async function createTestRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const cwd = resolve(options.cwd ?? '.');
  const loaded = await configurationOf(options, cwd);
  const scratch = await startScratch({ loaded, parentDir: tmpdir() });
  const { runtime, url, awsEndpoint } = scratch;
  const records: InvocationRecord[] = [];
  const requests = new Map<string, DeployRequest>();
  runtime.events.on('record', (record) => records.push(record));
  try {
    await deployConfigured(runtime, loaded, requests);
  } catch (error) {
    await scratch.close();
    throw error;
  }
  const functionOf = (name: string): TestFunction => testFunction(name, { runtime, url, requests, records });
  return {
    url,
    awsEndpoint,
    driver: runtime.driver.name,
    function(name) {
      if (runtime.function(name)) return functionOf(name);
      throw notDeployed(name, [...requests.keys()]);
    },
    async deploy(folder, { name: asked, ...overrides } = {}) {
      const request: DeployRequest = {
        source: resolve(cwd, folder),
        overrides,
        ...(asked === undefined ? {} : { name: asked }),
      };
      const { name } = (await runtime.deploy(request)).function.settings;
      requests.set(name, { ...request, name });
      return functionOf(name);
    },
    records: () => [...records],
    close: () => scratch.close(),
    [Symbol.asyncDispose]: () => scratch.close(),
  };
}

/** Functions given here are read like a configuration file's, so that one schema judges both. */
async function configurationOf(
  { cwd: _cwd, functions, ...settings }: TestRuntimeOptions,
  cwd: string,
): Promise<LoadedConfig> {
  const { driver, prewarm = 0 } = settings;
  const flags = { ...(driver !== undefined && { driver }), prewarm };
  if (!functions) return loadConfig({ cwd, env: {}, flags });
  const folder = await mkdtemp(join(tmpdir(), 'faas-config-'));
  try {
    const located = Object.entries(functions).map(([name, one]) => [
      name,
      { ...one, source: resolve(cwd, one.source) },
    ]);
    const configFile = join(folder, 'faas.config.json');
    await writeFile(configFile, JSON.stringify({ ...settings, functions: Object.fromEntries(located) }));
    return await loadConfig({ cwd, configFile, env: {}, flags });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first function that does not build fails the test: half a runtime is of no use to it. */
async function deployConfigured(
  runtime: Runtime,
  loaded: LoadedConfig,
  requests: Map<string, DeployRequest>,
): Promise<void> {
  const failures: FaasError[] = [];
  await runtime.start((_name, outcome) => {
    if (outcome instanceof FaasError) failures.push(outcome);
  });
  const [failure] = failures;
  if (failure) throw failure;
  for (const { name, source } of loaded.config.functions) requests.set(name, { name, source });
}

interface Parts {
  runtime: Runtime;
  url: string;
  requests: ReadonlyMap<string, DeployRequest>;
  records: readonly InvocationRecord[];
}

function testFunction(name: string, { runtime, url, requests, records }: Parts): TestFunction {
  async function invoke(event: unknown = {}): Promise<TestCall> {
    const payload = Buffer.from(JSON.stringify(event));
    const trigger = { type: 'direct', source: null } as const;
    const { record, payload: answer, error } = await runtime.invoke({ function: name, payload, trigger });
    const text = answer === null ? 'null' : Buffer.from(answer).toString('utf8');
    return { record, payload: JSON.parse(text), error };
  }
  return {
    name,
    get memoryMb() {
      return runtime.function(name)?.settings.memoryMb ?? 0;
    },
    invoke,
    async coldStart(event) {
      const request = requests.get(name);
      if (!request) throw notDeployed(name, [...requests.keys()]);
      // A function that comes back has nothing warm; its build is known.
      await runtime.remove(name);
      await runtime.deploy(request);
      return invoke(event);
    },
    fetch: (path = `/${name}`, init) => fetch(new URL(path, url), init),
    records: () => records.filter((record) => record.function === name),
  };
}

function notDeployed(name: string, names: string[]): FaasError {
  return new FaasError('FunctionNotFound', `no function '${name}' is deployed in this test runtime`, {
    expected:
      names.length > 0 ? `one of ${names.join(', ')}` : 'a function among the options, or deploy(folder)',
    got: name,
  });
}
