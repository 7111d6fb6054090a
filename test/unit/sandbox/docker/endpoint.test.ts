import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpoints, endpointUrl, parseHost } from '../../../../runtime/sandbox/docker/endpoint.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'faas-'));
});
afterEach(() => rm(home, { recursive: true }));

describe('an engine address', () => {
  test.each([
    ['unix:///run/user/1000/docker.sock', 'unix:///run/user/1000/docker.sock'],
    ['/var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['npipe:////./pipe/docker_engine', 'unix:////./pipe/docker_engine'],
    ['tcp://10.0.0.5:2375', 'tcp://10.0.0.5:2375'],
    ['tcp://engine', 'tcp://engine:2375'],
    ['https://engine', 'tcp://engine:2376'],
    ['engine:4243', 'tcp://engine:4243'],
    ['tcp://[::1]:2375', 'tcp://::1:2375'],
  ])('%s is understood', (host, url) => {
    expect(endpointUrl(parseHost(host, 'DOCKER_HOST', {}))).toBe(url);
  });

  test.each(['', 'tcp://', 'unix://', 'tcp://a:b', 'nonsense here', 'ssh://user@host'])(
    '%j is refused with what would be right',
    (host) => {
      expect(() => parseHost(host, 'DOCKER_HOST', {})).toThrow(
        expect.objectContaining({ code: 'EngineUnavailable', got: host, remedy: expect.any(String) }),
      );
    },
  );

  test('over ssh gets the command that makes it work', () => {
    expect(() => parseHost('ssh://me@box', 'DOCKER_HOST', {})).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('ssh -NL') }),
    );
  });

  test('with TLS takes the files of DOCKER_CERT_PATH', async () => {
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(home, `${name}.pem`), `the ${name}`);
    const env = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: home };
    expect(parseHost('tcp://engine', 'DOCKER_HOST', env)).toEqual({
      kind: 'tcp',
      host: 'engine',
      port: 2376,
      origin: 'DOCKER_HOST',
      tls: { ca: 'the ca', cert: 'the cert', key: 'the key', verify: true },
    });
  });
});

describe('the engine that is meant', () => {
  const urls = (configured: string | undefined, env: Record<string, string>): string[] =>
    endpoints(configured, { HOME: home, ...env }).map(endpointUrl);

  async function writeContext(name: string, host: string): Promise<void> {
    const id = createHash('sha256').update(name).digest('hex');
    const folder = join(home, '.docker/contexts/meta', id);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'meta.json'), JSON.stringify({ Endpoints: { docker: { Host: host } } }));
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ currentContext: name }));
  }

  test('is the configured one before all others', () => {
    expect(urls('tcp://a:1', { DOCKER_HOST: 'tcp://b:2' })).toEqual(['tcp://a:1']);
  });

  test('is that of DOCKER_HOST before that of the context', async () => {
    await writeContext('remote', 'tcp://c:3');
    expect(urls(undefined, { DOCKER_HOST: 'tcp://b:2' })).toEqual(['tcp://b:2']);
  });

  test('is that of the docker CLI’s current context', async () => {
    await writeContext('remote', 'tcp://c:3');
    expect(urls(undefined, {})).toEqual(['tcp://c:3']);
    expect(urls(undefined, { DOCKER_CONTEXT: 'default' })).toContain('unix:///var/run/docker.sock');
  });

  test('is looked for at the usual sockets when nothing names it, whatever the CLI’s files hold', async () => {
    await mkdir(join(home, '.docker'));
    await writeFile(join(home, '.docker/config.json'), '{ broken');
    expect(urls(undefined, { XDG_RUNTIME_DIR: '/run/user/7' })).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/7/docker.sock',
      `unix://${home}/.docker/run/docker.sock`,
      `unix://${home}/.docker/desktop/docker.sock`,
      'unix:///run/user/7/podman/podman.sock',
      'unix:///run/podman/podman.sock',
    ]);
  });
});
