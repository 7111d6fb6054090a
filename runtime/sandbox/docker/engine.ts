/** The connection to the container engine: found, probed, and its facts read once. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { FaasError } from '../../core/errors.ts';
import { endpoints, endpointUrl } from './endpoint.ts';
import type { Endpoint, Environment } from './endpoint.ts';
import { connectError } from './errors.ts';

/** The `docker` part of the configuration. */
export interface DockerSettings {
  /** A Node (or Lambda Node) image to use instead of the one assembled from this machine's Node. */
  image?: string | undefined;
  /** `unix://…` or `tcp://…`; default: DOCKER_HOST, the docker context, the usual sockets. */
  host?: string | undefined;
  /** Network the sandboxes join; default: bridge. */
  network?: string | undefined;
  /** Address at which sandboxes reach this machine; default: found out. */
  hostAddress?: string | undefined;
}

/** The engine's `/info`, as far as it is read here. */
export interface EngineInfo {
  OperatingSystem?: string;
  SecurityOptions?: string[];
  SystemTime?: string;
  MemoryLimit?: boolean;
  SwapLimit?: boolean;
  PidsLimit?: boolean;
  CpuCfsQuota?: boolean;
  CgroupVersion?: string;
  CgroupDriver?: string;
}

export interface Engine {
  docker: Docker;
  endpoint: Endpoint;
  version: string;
  apiVersion: string;
  /** As the engine names it: `amd64`, `arm64`. */
  arch: string;
  os: string;
  info: EngineInfo;
}

export type EngineProbe =
  | { ok: true; engine: Engine; version: string; apiVersion: string; url: string }
  | { ok: false; error: FaasError };

/** API 1.40 is Docker 19.03 (2019); what is used here has been in it since then. */
const OLDEST_API = '1.40';
const PROBE_TIMEOUT_MS = 2000;

/** Says whether a usable engine answers, within two seconds for each place it may be at. */
export async function probeEngine(settings: DockerSettings, env: Environment): Promise<EngineProbe> {
  try {
    const engine = await connectEngine(settings, env);
    const { version, apiVersion, endpoint } = engine;
    return { ok: true, engine, version, apiVersion, url: endpointUrl(endpoint) };
  } catch (error) {
    if (error instanceof FaasError) return { ok: false, error };
    throw error;
  }
}

/** Connects to the first engine that answers, or throws the error that says most about why none does. */
export async function connectEngine(settings: DockerSettings, env: Environment): Promise<Engine> {
  const failures: FaasError[] = [];
  for (const endpoint of endpoints(settings.host, env)) {
    try {
      return await probe(endpoint);
    } catch (error) {
      failures.push(connectError(error, endpoint));
    }
  }
  throw mostTelling(failures);
}

async function probe(endpoint: Endpoint): Promise<Engine> {
  const docker = client(endpoint);
  const { version: answer, info } = await askForFacts(docker);
  if (compareVersions(answer.ApiVersion, OLDEST_API) < 0) {
    throw new FaasError('EngineTooOld', `the container engine at ${endpointUrl(endpoint)} is too old`, {
      expected: `API ${OLDEST_API} or later (Docker 19.03)`,
      got: `API ${answer.ApiVersion} (${answer.Version})`,
      remedy: 'update the engine, or run with --driver process',
    });
  }
  if (answer.Os !== 'linux') {
    throw new FaasError(
      'EngineUnavailable',
      `the engine at ${endpointUrl(endpoint)} runs no Linux containers`,
      {
        expected: 'linux',
        got: answer.Os,
        remedy: 'switch Docker Desktop to Linux containers, or run with --driver process',
      },
    );
  }
  return {
    docker,
    endpoint,
    version: answer.Version,
    apiVersion: answer.ApiVersion,
    arch: answer.Arch,
    os: answer.Os,
    info: await info,
  };
}

/** dockerode takes the signal here as everywhere; its types forgot it. */
interface Abortable {
  version(options: { abortSignal: AbortSignal }): Promise<Docker.DockerVersion>;
  info(options: { abortSignal: AbortSignal }): Promise<EngineInfo>;
}

/** Both at once: every start waits for them. Only the version has to come within a time. */
async function askForFacts(
  docker: Docker,
): Promise<{ version: Docker.DockerVersion; info: Promise<EngineInfo> }> {
  const giveUp = new AbortController();
  const info = (docker as unknown as Abortable).info({ abortSignal: giveUp.signal });
  info.catch(() => undefined); // whoever awaits it learns of it
  try {
    return { version: await versionWithin(docker, PROBE_TIMEOUT_MS), info };
  } catch (error) {
    giveUp.abort();
    throw error;
  }
}

async function versionWithin(docker: Docker, ms: number): Promise<Docker.DockerVersion> {
  const abortSignal = AbortSignal.timeout(ms);
  try {
    return await (docker as unknown as Abortable).version({ abortSignal });
  } catch (cause) {
    if (!abortSignal.aborted) throw cause;
    throw new Error(`no answer within ${ms / 1000} s`, { cause });
  }
}

function client(endpoint: Endpoint): Docker {
  // No keep-alive: a connection that died with a restarted engine must never be the one a request is sent on, and
  // opening a unix socket costs nothing. Every option is named, because docker-modem fills gaps from DOCKER_HOST.
  if (endpoint.kind === 'socket') {
    return connect({
      socketPath: endpoint.path,
      host: undefined,
      protocol: 'http',
      agent: curt(new HttpAgent()),
    });
  }
  const { host, port, tls } = endpoint;
  if (!tls) return connect({ host, port, protocol: 'http', agent: curt(new HttpAgent()) });
  const { verify, ...pems } = tls;
  return connect({
    host,
    port,
    protocol: 'https',
    agent: curt(new HttpsAgent({ rejectUnauthorized: verify })),
    ...pems,
  });
}

/**
 * docker-modem describes each request for its debug log, be that on or off, and with it the agent and all that hangs on
 * that, down to the sockets: three quarters of what a request costs this process.
 */
const curt = <T extends HttpAgent>(agent: T): T =>
  Object.assign(agent, { [inspect.custom]: () => agent.constructor.name });

/** dockerode hands `agent` on to docker-modem; its types do not know. */
const connect = (options: Docker.DockerOptions & { agent: HttpAgent }): Docker => new Docker(options);

/** A refused permission or an old version is news; a socket that is not there is not. */
function mostTelling(failures: FaasError[]): FaasError {
  const rank = (error: FaasError): number => {
    if (error.code === 'EngineTooOld') return 0;
    if (error.code === 'EnginePermissionDenied') return 1;
    return /ENOENT/.test(error.got ?? '') ? 3 : 2;
  };
  const [first] = failures.toSorted((a, b) => rank(a) - rank(b));
  return first ?? new FaasError('EngineUnavailable', 'no place to look for a container engine is known');
}

/** Negative when `a` is the older: `1.9` before `1.40`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
