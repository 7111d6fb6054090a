/** Where a container engine may be reached, in the order in which the docker CLI would look. Reads files, opens nothing. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FaasError } from '../../core/errors.ts';

/** PEM texts. */
export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
  /** False only when a docker context says skip-verify. */
  verify: boolean;
}

export type Endpoint =
  | { kind: 'socket'; path: string; origin: string }
  | { kind: 'tcp'; host: string; port: number; tls?: TlsFiles; origin: string };

export type Environment = Record<string, string | undefined>;

/** `unix:///var/run/docker.sock` or `tcp://host:port`, for messages and DOCKER_HOST. */
export const endpointUrl = (endpoint: Endpoint): string =>
  endpoint.kind === 'socket' ? `unix://${endpoint.path}` : `tcp://${endpoint.host}:${endpoint.port}`;

/**
 * The endpoints to try, best first. A named one (setting, DOCKER_HOST, docker context) is the only one:
 * falling back to another engine than the one asked for would surprise.
 */
export function endpoints(configuredHost: string | undefined, env: Environment): Endpoint[] {
  if (configuredHost) return [parseHost(configuredHost, 'docker.host', env)];
  if (env['DOCKER_HOST']) return [parseHost(env['DOCKER_HOST'], 'DOCKER_HOST', env)];
  const context = contextEndpoint(env);
  return context ? [context] : usualSockets(env);
}

function usualSockets(env: Environment): Endpoint[] {
  if (process.platform === 'win32') {
    return [{ kind: 'socket', path: '//./pipe/docker_engine', origin: 'default' }];
  }
  const home = env['HOME'] ?? homedir();
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  const paths = [
    '/var/run/docker.sock',
    ...(runtimeDir ? [join(runtimeDir, 'docker.sock')] : []), // rootless
    join(home, '.docker/run/docker.sock'), // Docker Desktop on macOS
    join(home, '.docker/desktop/docker.sock'), // Docker Desktop on Linux
    ...(runtimeDir ? [join(runtimeDir, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
  return paths.map((path) => ({ kind: 'socket', path, origin: 'default' }));
}

/** Parses what DOCKER_HOST may say; TLS is taken from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH. */
export function parseHost(host: string, origin: string, env: Environment): Endpoint {
  const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(host) ?? /^(\/.+)$/.exec(host);
  if (socket?.[1]) return { kind: 'socket', path: socket[1], origin };
  const tcp = /^(?:(tcp|https?):\/\/)?(\[[^\]]+\]|[^:/@\s]+)(?::(\d{1,5}))?\/?$/.exec(host);
  if (!tcp?.[2]) {
    throw new FaasError('EngineUnavailable', `${origin} is no address of a container engine`, {
      expected: 'unix:///path/to/docker.sock or tcp://host:port',
      got: host,
      remedy: host.startsWith('ssh:')
        ? 'forward the socket with `ssh -NL /tmp/engine.sock:/var/run/docker.sock HOST` and set DOCKER_HOST=unix:///tmp/engine.sock'
        : `correct or unset ${origin}`,
    });
  }
  const tls =
    tcp[1] === 'https' || env['DOCKER_TLS_VERIFY'] ? tlsFrom(env['DOCKER_CERT_PATH'], origin) : undefined;
  return {
    kind: 'tcp',
    host: tcp[2].replace(/^\[|\]$/g, ''),
    port: Number(tcp[3] ?? (tls ? 2376 : 2375)),
    ...(tls ? { tls } : {}),
    origin,
  };
}

function tlsFrom(folder: string | undefined, origin: string, verify = true): TlsFiles {
  if (!folder) return { verify };
  const read = (name: string): string | undefined => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new FaasError('EngineUnavailable', `the TLS files of ${origin} cannot be read`, {
        got: `${join(folder, name)}: ${String(cause)}`,
        remedy: 'set DOCKER_CERT_PATH to a folder with ca.pem, cert.pem and key.pem that you may read',
        cause,
      });
    }
  };
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(read);
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), verify };
}

/** The endpoint of the docker CLI's current context, or undefined when that is the default one. */
function contextEndpoint(env: Environment): Endpoint | undefined {
  const folder = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');
  const name = env['DOCKER_CONTEXT'] ?? textAt(readJson(join(folder, 'config.json')), 'currentContext');
  if (!name || name === 'default') return undefined;
  // The CLI names a context's folder by the hash of its name.
  const id = createHash('sha256').update(name).digest('hex');
  const endpoint = at(at(readJson(join(folder, 'contexts/meta', id, 'meta.json')), 'Endpoints'), 'docker');
  const host = textAt(endpoint, 'Host');
  if (!host) return undefined;
  const origin = `docker context "${name}"`;
  const parsed = parseHost(host, origin, {});
  const tlsFolder = join(folder, 'contexts/tls', id, 'docker');
  const tls = tlsFrom(tlsFolder, origin, at(endpoint, 'SkipTLSVerify') !== true);
  return parsed.kind === 'tcp' && (tls.ca || tls.cert) ? { ...parsed, tls } : parsed;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // absent or broken: the docker CLI's affair, the default sockets are tried
  }
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' ? found : undefined;
}
