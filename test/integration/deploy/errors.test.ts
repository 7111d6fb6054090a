import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaasError } from '../../../runtime/core/errors.ts';
import { createBench, fixture, settingsFor, type Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

async function failure(source: string, handler?: string): Promise<FaasError> {
  return bench.deployer.build(settingsFor(source, { handler })).then(
    () => expect.fail('it built'),
    (error: FaasError) => error,
  );
}

describe('what does not build says why', () => {
  it('a syntax error: file, line, column, message and the code frame', async () => {
    const error = await failure(fixture('syntax-error'));
    expect(error).toMatchObject({ code: 'BuildFailed', got: 'index.ts:2:18: Unexpected "="' });
    expect(error.message).toContain('index.ts:2:18:');
    expect(error.message).toContain('const answer = = 42;');
    expect(error.message).not.toContain(bench.root);
  });

  it('several errors: all of them', async () => {
    const source = await bench.folder('two-errors', {
      'index.mjs': "import './a.mjs'; import './gone.mjs'; export const handler = 1;",
      'a.mjs': 'let x = 1; let x = 2;',
    });
    const error = await failure(source);
    expect(error.message).toContain('2 errors');
    expect(error.got).toContain('a.mjs:1:16: The symbol "x" has already been declared');
    expect(error.got).toContain('index.mjs:1:26: Could not resolve "./gone.mjs"');
  });

  it('a package that is not installed: how to install it', async () => {
    const error = await failure(fixture('missing-package'));
    expect(error.code).toBe('BuildFailed');
    expect(error.remedy).toContain('npm install @aws-sdk/client-that-is-not-installed');
    expect(error.remedy).toContain('on Lambda the AWS SDK comes with the runtime');
  });

  it('no entry: every name that was looked for', async () => {
    const error = await failure(fixture('no-entry'));
    expect(error.code).toBe('EntryNotFound');
    expect(error.expected).toContain('index{.ts,.mts,.cts,.tsx,.mjs,.js,.cjs,.jsx}');
    expect(error.expected).toContain('src/handler');
  });

  it('no handler among the exports: those there are', async () => {
    expect(await failure(fixture('no-handler'))).toMatchObject({
      code: 'EntryNotFound',
      got: 'exports unrelated',
    });
  });

  it.each([
    ['index.missing', 'exports handler'],
    ['gone.handler', 'none of them'],
    ['../esm/index.handler', '../esm/index.handler'],
    ['index', 'index'],
    ['', ''],
  ])('handler %j: %s', async (handler, got) => {
    expect(await failure(fixture('esm'), handler)).toMatchObject({ code: 'EntryNotFound', got });
  });

  it('a folder that does not exist, or is a file', async () => {
    expect(await failure(fixture('there-is-no-such'))).toMatchObject({ code: 'SourceNotFound' });
    expect(await failure(fixture('esm/index.mjs'))).toMatchObject({ code: 'SourceNotFound' });
  });

  it('more than Lambda takes: the size, the limit and the largest files', async () => {
    const part = Buffer.alloc(90 * 1024 * 1024);
    const source = await bench.folder('too-large', {
      'index.mjs': 'export const handler = 1;',
      ...Object.fromEntries(['a', 'b', 'c'].map((name) => [`data/${name}.bin`, part])),
    });
    expect(await failure(source)).toMatchObject({
      code: 'BuildFailed',
      expected: expect.stringContaining('262144000 bytes'),
      got: expect.stringContaining('data/a.bin 90.0 MB'),
    });
  });
});

it('a warning about the own code is a note', async () => {
  const source = await bench.folder('warns', {
    'index.mjs': 'export const handler = async (event) => { if (event.x === NaN) return 1; };',
  });
  const { notes } = await bench.deployer.build(settingsFor(source));
  expect(notes).toEqual([expect.stringMatching(/^warning: index\.mjs:1:55: Comparison with NaN/)]);
});

it('decorator metadata that esbuild cannot emit is a note', async () => {
  const source = await bench.folder('metadata', {
    'index.ts': 'export const handler = 1;',
    'tsconfig.json': '{ "compilerOptions": { "emitDecoratorMetadata": true } }',
  });
  const { notes } = await bench.deployer.build(settingsFor(source));
  expect(notes).toEqual([expect.stringContaining('emitDecoratorMetadata')]);
});
