import { describe, expect, it } from 'vitest';
import { isNative } from '../../../runtime/deploy/externals.ts';
import { packageNameOf } from '../../../runtime/deploy/package-json.ts';

it.each([
  ['hono', 'hono'],
  ['hono/jsx', 'hono'],
  ['@scope/name', '@scope/name'],
  ['@scope/name/deep/file.js', '@scope/name'],
  ['lodash.camelcase', 'lodash.camelcase'],
  ['./own', undefined],
  ['../own', undefined],
  ['/abs', undefined],
  ['node:fs', undefined],
  ['#internal', undefined],
  ['@scope', undefined],
  ['', undefined],
])('the specifier %s names the package %s', (specifier, name) => {
  expect(packageNameOf(specifier)).toBe(name);
});

describe('a package is native', () => {
  it.each([
    [{ gypfile: true }],
    [{ binary: { module_name: 'x' } }],
    [{ napi: { triples: {} } }],
    [{ dependencies: { bindings: '1' } }],
    [{ dependencies: { 'node-gyp-build': '4' } }],
    [{ optionalDependencies: { '@img/sharp-linux-x64': '1' } }],
  ])('%j', (json) => {
    expect(isNative(json)).toBe(true);
  });

  it.each([
    [{}],
    [{ dependencies: { hono: '4' } }],
    [{ optionalDependencies: { fsevents: '2' } }],
    [{ binary: 'x', dependencies: 'y' }],
  ])('not with %j', (json) => {
    expect(isNative(json)).toBe(false);
  });
});
