/** What a debugger finds in the code of the function it is attached to. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { Revision } from '../../../runtime/core/types.ts';
import { createDeployer } from '../../../runtime/deploy/index.ts';
import { sourceMapper } from '../../../runtime/sandbox/bootstrap/source-maps.ts';
import { createBench, HOST, settingsFor, type Bench } from '../deploy/harness.ts';

let bench: Bench;
let source: string;

beforeEach(async () => {
  bench = await createBench();
  await bench.folder('lib', { 'fail.ts': 'export function fail(): never {\n  throw new Error("no");\n}\n' });
  source = await bench.folder('app', {
    'src/index.ts':
      "import { fail } from '../../lib/fail.ts';\n\nexport const handler = (): never => fail();\n",
  });
});

afterEach(() => bench[Symbol.asyncDispose]());

async function build(debugged?: string): Promise<Revision> {
  const deployer = createDeployer({ dataDir: bench.dataDir, target: HOST, log: silentLogger, debugged });
  const { revision } = await deployer.build(settingsFor(source, { name: 'app' }));
  await deployer.close();
  return revision;
}

test('its source map is in the code and names the files in the editor', async () => {
  const { artifactDir, entry } = await build('app');
  const code = await readFile(join(artifactDir, entry), 'utf8');
  const inline = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(code)?.[1] ?? '';
  const { sources, sourcesContent } = JSON.parse(Buffer.from(inline, 'base64').toString());
  expect(sources.toSorted()).toEqual([
    pathToFileURL(join(source, 'src/index.ts')).href,
    pathToFileURL(join(bench.root, 'lib/fail.ts')).href,
  ]);
  expect(sourcesContent).toHaveLength(2);
  expect((await readdir(join(artifactDir, 'src'))).filter((name) => name.endsWith('.map'))).toEqual([]);
});

test('stack traces name the files in the editor, too', async () => {
  const { artifactDir, entry } = await build('app');
  const lines = (await readFile(join(artifactDir, entry), 'utf8')).split('\n');
  const line = lines.findIndex((text) => text.includes('throw new Error("no")'));
  const mapped = sourceMapper(artifactDir)(`at fail (${join(artifactDir, entry)}:${line + 1}:9)`);
  expect(mapped).toBe(`at fail (${join(bench.root, 'lib/fail.ts')}:2:9)`);
});

test('every other build has no path of this machine in it', async () => {
  const [debugged, other, plain] = [await build('app'), await build('another'), await build()];
  expect(other.id).toBe(plain.id);
  expect(other.id).not.toBe(debugged.id);
  for (const name of await readdir(other.artifactDir, { recursive: true })) {
    const content = await readFile(join(other.artifactDir, name), 'utf8').catch(() => '');
    expect(content).not.toContain(bench.root);
  }
});
