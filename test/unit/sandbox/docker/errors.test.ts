import { expect, test } from 'vitest';
import type { Endpoint } from '../../../../runtime/sandbox/docker/endpoint.ts';
import { connectError, engineError, isConnectionError } from '../../../../runtime/sandbox/docker/errors.ts';

const endpoint: Endpoint = { kind: 'socket', path: '/var/run/docker.sock', origin: 'default' };

const system = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });
const answer = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode });

test.each([
  [system('ENOENT'), 'EngineUnavailable', 'start Docker'],
  [system('ECONNREFUSED'), 'EngineUnavailable', 'start Docker'],
  [system('EACCES'), 'EnginePermissionDenied', 'usermod -aG docker'],
  [system('EPERM'), 'EnginePermissionDenied', 'usermod -aG docker'],
])('on the way to the engine, %s is %s', (error, code, remedy) => {
  expect(connectError(error, endpoint)).toMatchObject({
    code,
    remedy: expect.stringContaining(remedy),
    cause: error,
  });
});

test('an engine that was named by somebody is not blamed on Docker being stopped', () => {
  const named = connectError(system('ENOENT'), { ...endpoint, origin: 'DOCKER_HOST' });
  expect(named.remedy).toContain('correct DOCKER_HOST');
});

test.each([
  [answer(500, 'write /layer.tar: no space left on device'), 'EngineDiskFull'],
  [answer(404, 'No such image: faas-node:abc'), 'ImageMissing'],
  [answer(500, 'OCI runtime create failed'), 'SandboxStartFailed'],
  [system('ECONNREFUSED'), 'EngineUnavailable'],
])('from the engine, %s is %s', (error, code) => {
  expect(engineError(error, 'start the sandbox', endpoint).code).toBe(code);
});

test('the engine’s own words are given without the client’s', () => {
  expect(
    engineError(answer(500, 'OCI runtime create failed: no - really'), 'start it', endpoint),
  ).toMatchObject({
    message: 'the container engine could not start it',
    got: 'OCI runtime create failed: no - really',
  });
});

test('only what got no answer is a connection error', () => {
  expect(isConnectionError(system('ECONNRESET'))).toBe(true);
  expect(isConnectionError(answer(500, 'ECONNRESET'))).toBe(false);
  expect(isConnectionError(new Error('other'))).toBe(false);
});
