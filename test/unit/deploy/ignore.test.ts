import { describe, expect, it } from 'vitest';
import { createIgnoreRules, isCertificateOnly } from '../../../runtime/deploy/ignore.ts';

describe('by default', () => {
  const rules = createIgnoreRules({});

  it.each([
    '.env',
    '.env.local',
    'config/.env',
    'prod.env',
    'server.key',
    'a/b/cert.pem',
    'id_rsa',
    'id_rsa.pub',
    'ID_RSA',
    '.npmrc',
    '.aws/credentials',
    '.ssh/',
    '.ssh/config',
    'infra/terraform.tfstate',
    'keys/store.p12',
  ])('%s is a secret', (path) => {
    expect(rules.judge(path)).toBe('secret');
  });

  it.each([
    '.git/',
    '.git/HEAD',
    'node_modules/',
    'node_modules/a/index.js',
    'lib/node_modules/b.js',
    '.faas/faas.db',
    'index.test.ts',
    'a/b.spec.mjs',
    'c.test.tsx',
    '__tests__/x.js',
    'types.d.ts',
    'types.d.mts',
    'package-lock.json',
  ])('%s is of no use at run time', (path) => {
    expect(rules.judge(path)).toBe('ignore');
  });

  it.each([
    'index.html',
    'environment.json',
    'keyboard.js',
    'monkey',
    'test/data.csv',
    'package.json',
    '.well-known/x',
    'a.environment',
    'd.ts.txt',
  ])('%s is carried', (path) => {
    expect(rules.judge(path)).toBe('carry');
  });
});

it('a secret that the user ignores is not worth a note', () => {
  expect(createIgnoreRules({ faasignore: '.env' }).judge('.env')).toBe('ignore');
});

it('.dockerignore cannot bring back a secret, .faasignore can', () => {
  expect(createIgnoreRules({ dockerignore: '!.env' }).judge('.env')).toBe('secret');
  expect(createIgnoreRules({ faasignore: '!.env' }).judge('.env')).toBe('carry');
});

it('a folder that .dockerignore ignores is entered only when a file in it may come back', () => {
  expect(createIgnoreRules({ dockerignore: 'data' }).mayCarryBelow('data/')).toBe(false);
  expect(createIgnoreRules({ dockerignore: 'data\n!data/a' }).mayCarryBelow('data/')).toBe(true);
  expect(createIgnoreRules({ dockerignore: '*\n!data/a' }).mayCarryBelow('node_modules/')).toBe(false);
});

it.each([
  ['-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----', true],
  ['-----BEGIN CERTIFICATE-----\n-----BEGIN TRUSTED CERTIFICATE-----', true],
  ['-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----', false],
  ['-----BEGIN RSA PRIVATE KEY-----', false],
  ['no label at all', false],
  ['', false],
])('a PEM file %j holds certificates only: %s', (text, expected) => {
  expect(isCertificateOnly(text)).toBe(expected);
});
