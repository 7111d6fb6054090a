/** What the configuration says is done while the runtime runs. */
import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { project, version } from './project.ts';

const app = { source: './app' };
const files = { 'app/index.js': version(1), 'other/index.js': version(100) };

test('a function that is added is deployed, and its saves are seen', async () => {
  await using place = await project(files, { functions: { app } });
  await place.config({ functions: { app, other: { source: './other' } } });
  await place.next('configured');
  expect((await place.next('deployed')).function.settings.name).toBe('other');
  expect(await place.call('other')).toContain('version 100');
  await place.write('other/index.js', version(101));
  await place.next('deployed');
  expect(await place.call('other')).toContain('version 101');
  expect(place.reports).toHaveLength(3);
});

test('a function that is no longer listed is removed; its folder means nothing then', async () => {
  await using place = await project(files, { functions: { app, other: { source: './other' } } });
  await place.config({ functions: { app } });
  await place.next('configured');
  expect((await place.next('removed')).name).toBe('other');
  expect(place.runtime.function('other')).toBeUndefined();
  await place.write('other/index.js', version(101));
  await place.write('app/index.js', version(2));
  await place.next('deployed');
  expect(place.reports).toHaveLength(3);
});

test('changed settings and triggers apply, without new code', async () => {
  await using place = await project(files, { functions: { app } });
  const before = place.runtime.function('app');
  await place.config({ functions: { app: { ...app, memory: 256, triggers: [{ http: 'GET /hi' }] } } });
  await place.next('configured');
  const { function: deployed } = await place.next('deployed');
  expect(deployed.revision.id).toBe(before?.revision.id);
  expect(deployed.settings).toMatchObject({ memoryMb: 256, triggers: [{ method: 'GET', path: '/hi' }] });
});

test('two functions may swap their routes', async () => {
  const routes = (first: string, second: string) => ({
    functions: {
      app: { ...app, triggers: [{ http: first }] },
      other: { source: './other', triggers: [{ http: second }] },
    },
  });
  await using place = await project(files, routes('GET /a', 'GET /b'));
  await place.config(routes('GET /b', 'GET /a'));
  await place.next('configured');
  await place.next('deployed');
  await place.next('deployed');
  expect(place.runtime.function('app')?.settings.triggers).toMatchObject([{ path: '/b' }]);
  expect(place.runtime.function('other')?.settings.triggers).toMatchObject([{ path: '/a' }]);
});

test('what only a restart applies is named', async () => {
  await using place = await project(files, { functions: { app } });
  await place.config({ functions: { app }, port: 4567, prewarm: 0, buckets: ['photos'] });
  const { needRestart, loaded } = await place.next('configured');
  expect(needRestart.toSorted()).toEqual(['port', 'prewarm']);
  expect(loaded.config.buckets).toEqual(['photos']);
});

test('a change between the first reading and the first watch is not lost', async () => {
  await using place = await project(files, { functions: { app } }, (write) =>
    write('faas.config.json', JSON.stringify({ functions: { app: { ...app, memory: 256 } } })),
  );
  await place.next('configured');
  expect((await place.next('deployed')).function.settings.memoryMb).toBe(256);
});

test('a file that is written anew with the same settings is no news; after a mistake it is', async () => {
  await using place = await project(files, { functions: { app } });
  await place.write('faas.config.json', '{ "functions": { "app": { "source": "./app" } } }\n');
  await place.write('faas.config.json', '{ "functions": ');
  await place.next('config-failed');
  await place.config({ functions: { app } });
  expect((await place.next('configured')).needRestart).toEqual([]);
});

test('a mistake changes nothing and is told; the correction applies', async () => {
  await using place = await project(files, { functions: { app } });
  await place.config({ functions: { app: { ...app, memory: 1 } } });
  expect((await place.next('config-failed')).error.code).toBe('ConfigInvalid');
  expect(await place.call('app')).toContain('version 1');
  await place.write('app/index.js', version(2));
  await place.next('deployed');
  await place.config({ functions: { app: { ...app, memory: 512 } } });
  await place.next('configured');
  expect((await place.next('deployed')).function.settings.memoryMb).toBe(512);
});

test('a file that the configuration imports is part of it', async () => {
  await using place = await project({
    ...files,
    'sizes.ts': 'export const memory = 128;',
    'faas.config.ts':
      "import { memory } from './sizes.ts';\nexport default { functions: { app: { source: './app', memory } } };",
  });
  await place.write('sizes.ts', 'export const memory = 512;');
  await place.next('configured');
  expect((await place.next('deployed')).function.settings.memoryMb).toBe(512);
});

test('a configuration file that goes and comes back', async () => {
  await using place = await project(files, { functions: { app } });
  await rm(place.at('faas.config.json'));
  await place.next('configured');
  await place.next('removed');
  await place.config({ functions: { app } });
  await place.next('configured');
  await place.next('deployed');
  expect(await place.call('app')).toContain('version 1');
});

describe('a function that was deployed by hand', () => {
  test('is watched too, and keeps what it was deployed with', async () => {
    await using place = await project(files, { functions: { app } });
    await place.runtime.deploy({ source: place.at('other'), overrides: { memory: 512 } });
    await place.write('other/index.js', version(101));
    const { function: deployed } = await place.next('deployed');
    expect(deployed).toMatchObject({ origin: 'cli', settings: { name: 'other', memoryMb: 512 } });
    expect(await place.call('other')).toContain('version 101');
  });

  test('and removed by hand stays away, whatever is saved', async () => {
    await using place = await project(files, { functions: { app, other: { source: './other' } } });
    await place.runtime.remove('other');
    await place.write('other/index.js', version(101));
    await place.write('app/index.js', version(2));
    expect((await place.next('deployed')).function.settings.name).toBe('app');
    expect(place.runtime.function('other')).toBeUndefined();
    expect(place.reports).toHaveLength(1);
  });
});
