/** Functions as other people write them, deployed and called on every driver. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers } from '../support/drivers.ts';
import { startFaas, workspace, type RunningFaas } from '../support/faas.ts';

const fixture = (name: string): string => resolve(import.meta.dirname, '../fixtures/functions', name);

interface Case {
  name: string;
  /** Below the function's own path. */
  path?: string;
  settings?: { handler?: string };
  answer: unknown;
}

const cases: Case[] = [
  { name: 'esm', answer: { text: 'hello undefined', url: true, read: 'function' } },
  {
    name: 'cjs',
    answer: { settings: { folder: 'lib', file: 'settings.js' }, here: true, isMain: false },
  },
  {
    name: 'callback',
    path: '?a=1',
    answer: { got: expect.objectContaining({ queryStringParameters: { a: '1' } }) },
  },
  { name: 'web-cjs', answer: 'from CommonJS' },
  { name: 'dual', answer: 'lambda' },
  { name: 'top-level-await', answer: 'ready' },
  { name: 'json-import', answer: { config: { level: 3 }, words: ['a', 'b'], read: { level: 3 } } },
  { name: 'static-files', answer: ['<p>mail</p>', 'umlauts'] },
  { name: 'ts-mixed', answer: 'b' },
  { name: 'ts-paths', answer: { count: 1, log: ['next'] } },
  { name: 'aws-sdk', answer: ['function', 'k'] },
  { name: 'sharp-native', answer: { width: 8, height: 4, format: 'png' } },
];

describe.each(drivers)('on the %s driver', (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: RunningFaas;

  beforeAll(async () => {
    place = await workspace();
    const listed = cases.map(({ name, settings }) => [
      name,
      { source: fixture(name), timeout: '10s', ...settings },
    ]);
    const hono = { source: fixture('hono-app'), triggers: [{ http: 'ANY /*' as const }] };
    const functions = Object.fromEntries([...listed, ['hono-app', hono]]);
    faas = await startFaas(place.folder, { functions }, ['--driver', driver]);
  });

  afterAll(async () => {
    await faas.stop();
    await place[Symbol.asyncDispose]();
  });

  it.each(cases)('$name', async ({ name, path, answer }) => {
    const response = await fetch(`${faas.url}/${name}${path ?? ''}`);
    const text = await response.text();
    expect(response.status, `${text}\n${faas.stderr()}`).toBe(200);
    expect(typeof answer === 'string' ? text : JSON.parse(text)).toEqual(answer);
  });

  it('a Hono app as it is', async () => {
    const response = await fetch(`${faas.url}/hi/anna`);
    expect([response.status, await response.text()]).toEqual([200, 'hi anna']);
  });
});
