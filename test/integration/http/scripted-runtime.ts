/** A Runtime whose answers are scripted: for tests of the gateways alone. */
import { EventEmitter } from 'node:events';
import type { Runtime, RuntimeEvents } from '../../../runtime/api.ts';
import { wholeBytes, wholeEvent } from '../../../runtime/core/detached-body.ts';
import { FaasError } from '../../../runtime/core/errors.ts';
import { newRequestId } from '../../../runtime/core/ids.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import type {
  CorsSettings,
  DeployedFunction,
  ErrorPayload,
  FunctionSettings,
  InvocationRecord,
  InvokeRequest,
  InvokeResult,
  LogLine,
  Outcome,
  Trigger,
} from '../../../runtime/core/types.ts';

/** What a scripted function does with an event: a value to answer, or how it ends. */
export type Script = (event: Event2, request: InvokeRequest) => unknown;

/** The event as a handler sees it; loosely typed on purpose. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it freely
export type Event2 = any;

export class Ending {
  readonly outcome: Exclude<Outcome, 'success'>;
  readonly error: ErrorPayload | null;
  constructor(outcome: Exclude<Outcome, 'success'>, error: ErrorPayload | null = null) {
    this.outcome = outcome;
    this.error = error;
  }
}

export interface ScriptedRuntime extends Runtime {
  readonly requests: InvokeRequest[];
  readonly logLines: LogLine[];
  deployScript(name: string, script: Script, settings?: Partial<FunctionSettings>): DeployedFunction;
}

export function createScriptedRuntime(overrides: Partial<Runtime> = {}): ScriptedRuntime {
  const functions = new Map<string, { deployed: DeployedFunction; script: Script }>();
  const requests: InvokeRequest[] = [];
  const logLines: LogLine[] = [];
  const events = new EventEmitter<RuntimeEvents>();

  const runtime: Partial<ScriptedRuntime> = {
    requests,
    logLines,
    dataDir: '/nonexistent',
    sessionId: 'session',
    configFile: null,
    driver: {
      name: 'fake',
      reason: 'scripted',
      isolates: false,
      listenAddress: undefined,
      hostAddress: '127.0.0.1',
    },
    events,
    log: silentLogger,
    // Only what the gateways touch.
    store: { logs: { append: (line: LogLine) => void logLines.push(line) } } as unknown as Runtime['store'],
    setAwsEndpoint: () => {},
    functions: () => [...functions.values()].map(({ deployed }) => deployed),
    function: (name) => functions.get(name)?.deployed,
    instances: () => [],
    identityOf: () => undefined,
    enqueue: () => {},
    close: async () => {},
    deployScript(name, script, settings = {}) {
      const deployed = deployedFunction(name, settings);
      functions.set(name, { deployed, script });
      events.emit('deployed', deployed);
      return deployed;
    },
    async remove(name) {
      if (!functions.delete(name)) throw new FaasError('FunctionNotFound', `no function ${name}`);
      events.emit('removed', name);
    },
    async invoke(request) {
      requests.push(request);
      const found = functions.get(request.function);
      if (!found) throw new FaasError('FunctionNotFound', `no function ${request.function}`);
      const event: unknown = JSON.parse(Buffer.from(wholeEvent(request)).toString('utf8'));
      const value = await found.script(event, request);
      const result = settle(request, value);
      events.emit('record', result.record);
      return result;
    },
    ...overrides,
  };
  return runtime as ScriptedRuntime;
}

function settle(request: InvokeRequest, value: unknown): InvokeResult {
  if (value instanceof Ending) {
    return { record: recordOf(request, value.outcome), payload: null, error: value.error };
  }
  return {
    record: recordOf(request, 'success'),
    payload: Buffer.from(JSON.stringify(value ?? null)),
    error: null,
  };
}

export function recordOf(request: InvokeRequest, outcome: Outcome): InvocationRecord {
  const ran = outcome !== 'throttled' && outcome !== 'cancelled';
  return {
    requestId: request.requestId ?? newRequestId(),
    function: request.function,
    revision: '0123456789ab',
    instance: ran ? 'a1b2c3d4e5f6' : null,
    trigger: request.trigger,
    outcome,
    errorType: null,
    errorMessage: null,
    start: ran ? 'warm' : null,
    coldReason: null,
    receivedAt: 1_700_000_000_000.5,
    phases: {
      queueMs: 0.25,
      provisionMs: null,
      bootMs: null,
      initMs: null,
      thawMs: null,
      handlerMs: ran ? 1.5 : null,
    },
    coldStartMs: 0,
    durationMs: 1.5,
    billedMs: 2,
    memoryMb: 128,
    maxMemoryMb: null,
    cpuMs: null,
    tmpMb: 512,
    tmpUsedMb: null,
    requestBytes: wholeBytes(request),
    responseBytes: 0,
    attempt: request.attempt ?? 1,
    parentRequestId: request.parentRequestId ?? null,
  };
}

export function deployedFunction(name: string, settings: Partial<FunctionSettings> = {}): DeployedFunction {
  return {
    settings: {
      name,
      source: `/src/${name}`,
      handler: undefined,
      runtime: 'nodejs24.x',
      memoryMb: 128,
      timeoutMs: 3000,
      initTimeoutMs: 10_000,
      idleTimeoutMs: 300_000,
      concurrency: 10,
      provisioned: 0,
      concurrencyPerInstance: 1,
      freezeMs: null,
      cpu: 'full',
      queueLimit: 100,
      tmpMb: 512,
      env: {},
      triggers: [],
      exposeErrors: false,
      ...settings,
    },
    revision: {
      id: '0123456789ab',
      functionName: name,
      artifactDir: `/artifacts/${name}`,
      entry: 'index.mjs',
      exportName: 'handler',
      sizeBytes: 1234,
      inputs: [],
    },
    origin: 'config',
    deployedAt: 1_700_000_000_000,
  };
}

export const http = (route: string, cors?: CorsSettings): Trigger => {
  const [method, path] = route.split(' ');
  return {
    type: 'http',
    method: method as 'GET',
    path: path ?? '/',
    ...(cors ? { cors } : {}),
  };
};
