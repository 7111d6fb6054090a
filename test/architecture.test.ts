/** Holds the sources to docs/ARCHITECTURE.md: who may import whom, where each library lives, how long a file may be. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const MAX_LINES = 300;

interface Import {
  from: string;
  /** A path from the root for relative imports, else the module's name as written. */
  to: string;
  typeOnly: boolean;
  /** Evaluated while the importing file is; a dynamic import is not. */
  eager: boolean;
}

const sources = globSync('{runtime,gateway,cli}/**/*.ts', { cwd: root }).toSorted();
const imports = sources.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const make = (name: string, typeOnly: boolean, eager: boolean): Import => ({
    from: file,
    to: name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
    typeOnly,
    eager,
  });
  return [
    ...module.staticImports.map(({ moduleRequest, entries }) =>
      make(moduleRequest.value, entries.length > 0 && entries.every((one) => one.isType), true),
    ),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap((one) => (one.moduleRequest ? [make(one.moduleRequest.value, one.isType, true)] : [])),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const name = /^['"](.*)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[1];
      return name === undefined ? [] : [make(name, false, false)];
    }),
  ];
}

const show = ({ from, to }: Import): string => `${from} imports ${to}`;
const within = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
/** `hono/cors` is of hono, `@hono/node-server/x` of @hono/node-server. */
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

test('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(sources.length);
});

describe('imports point from cli to gateway to runtime', () => {
  test.each([
    { folder: 'runtime', may: ['runtime'] },
    { folder: 'gateway', may: ['gateway', 'runtime'] },
    { folder: 'cli', may: ['cli', 'gateway', 'runtime'] },
    { folder: 'runtime/core', may: ['runtime/core'] },
    {
      folder: 'runtime/sandbox/bootstrap',
      may: [
        'runtime/sandbox/bootstrap',
        'runtime/sandbox/channel/messages.ts',
        'runtime/sandbox/channel/frames.ts',
        'runtime/sandbox/channel/frame-reader.ts',
        'runtime/core/base64.ts',
        'runtime/core/detached-body.ts',
        'runtime/core/release.ts',
      ],
    },
  ])('$folder imports nothing but $may', ({ folder, may }) => {
    const own = imports.filter(
      ({ from, to }) => within(from, [folder]) && sources.some((file) => file === to),
    );
    expect(own.filter(({ to }) => !within(to, may)).map(show)).toEqual([]);
  });

  test('every relative import stays inside the three', () => {
    const outside = imports.filter(({ to }) => /^\.\.|^(?:test|scripts|bench|functions)\//.test(to));
    expect(outside.map(show)).toEqual([]);
  });
});

describe('each library has one home', () => {
  test.each([
    { library: 'hono', homes: ['gateway'] },
    { library: '@hono/node-server', homes: ['gateway'] },
    { library: 'fast-xml-parser', homes: ['gateway', 'cli/budget'] },
    { library: 'prom-client', homes: ['gateway/admin'] },
    { library: '@opentelemetry/sdk-trace', homes: ['gateway/telemetry'] },
    { library: 'esbuild', homes: ['runtime/deploy'] },
    { library: 'chokidar', homes: ['runtime/deploy'] },
    { library: '@vercel/nft', homes: ['runtime/deploy'] },
    { library: 'dockerode', homes: ['runtime/sandbox/docker'] },
    { library: 'zod', homes: ['runtime/config'] },
    { library: 'commander', homes: ['cli'] },
    { library: 'picocolors', homes: ['cli'] },
    { library: 'string-width', homes: ['cli'] },
  ])('$library is imported under $homes only', ({ library, homes }) => {
    const strays = imports.filter(({ from, to }) => packageOf(to) === library && !within(from, homes));
    expect(strays.map(show)).toEqual([]);
  });

  test('node:sqlite is opened under runtime/store only; its types may be named elsewhere', () => {
    const strays = imports.filter(
      ({ from, to, typeOnly }) => to === 'node:sqlite' && !typeOnly && !within(from, ['runtime/store']),
    );
    expect(strays.map(show)).toEqual([]);
  });

  test.each(['runtime/core', 'runtime/sandbox/bootstrap'])('%s needs no package at all', (folder) => {
    const packages = imports.filter(
      ({ from, to }) => within(from, [folder]) && !to.startsWith('node:') && !sources.includes(to),
    );
    expect(packages.map(show)).toEqual([]);
  });
});

test('no file needs, while it loads, one that needs it', () => {
  expect(cycles(imports.filter(({ typeOnly, eager }) => eager && !typeOnly))).toEqual([]);
});

/** Depth first; each cycle is told once, as the way round. */
function cycles(edges: readonly Import[]): string[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, way: string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push([...way.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

test(`no source file is longer than ${MAX_LINES} lines`, () => {
  const files = [
    ...sources,
    ...globSync(['scripts/*.ts', 'bench/*.ts', 'functions/*/*.ts', 'cli/*.js'], { cwd: root }),
  ];
  // This one is written by a script: a long list, not long code.
  const long = files
    .filter((file) => file !== 'runtime/config/user-config.ts')
    .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  expect(long).toEqual([]);
});
