/** `faas tune` finds what theory says: work is faster with CPU, memory has a floor, waiting is cheapest at the smallest. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionGroups } from '../../runtime/sandbox/process/cgroup/session-groups.ts';
import { dockerTests, drivers } from '../support/drivers.ts';
import { behaviour, workspace } from '../support/faas.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');
const probe = await SessionGroups.open(`faas.test.${process.pid}`);
await probe?.close();
const limited = { process: probe?.can('cpu') ?? false, docker: true };

const CONFIG = `import { defineConfig } from 'faas';

export default defineConfig({
  functions: {
    compute: { source: ${JSON.stringify(behaviour('compute'))}, timeout: '30s' },
    // Half a second of nothing.
    waits: { source: './waits', memory: 1024 },
    fills: { source: './fills', memory: 128, timeout: '30s' },
    made: { ...{ source: './waits' } },
    ['comp' + 'uted']: { source: './waits' },
  },
});
`;

interface Tuned {
  driver: string;
  cpuTied: boolean | null;
  choices: { cheapest: number; fastest: number; balanced: number } | null;
  sizes: {
    memoryMb: number;
    cpus: number;
    observedCpus: number | null;
    failed: { outcome: string } | null;
    durationMs: { mean: number } | null;
    usdPerMillion: number | null;
  }[];
}

let place: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  place = await workspace();
  const write = async (name: string, source: string) => {
    await mkdir(join(place.folder, name));
    await writeFile(join(place.folder, name, 'index.mjs'), source);
  };
  await write('waits', 'export const handler = () => new Promise((done) => setTimeout(done, 500, 1));');
  await write('fills', 'export const handler = async () => Buffer.alloc(300 * 1024 * 1024, 1).length;');
  await mkdir(join(place.folder, 't'));
  await writeFile(join(place.folder, 'faas.config.ts'), CONFIG);
});
afterAll(() => place[Symbol.asyncDispose]());

async function faas(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: place.folder,
    // A folder of its own for what is thrown away, to see that it is.
    env: { ...process.env, TMPDIR: join(place.folder, 't') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}

async function tuned(...args: string[]): Promise<Tuned> {
  const { stdout, stderr } = await faas('tune', ...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Tuned;
}

describe.each(drivers)('faas tune on the %s driver', (driver) => {
  const event = JSON.stringify({ queryStringParameters: { ms: 60 } });

  it('gives work as much of a processor as its memory buys, or says that it cannot', async () => {
    const result = await tuned(
      'compute',
      '--event',
      event,
      '--sizes',
      '128,1769',
      '--runs',
      '5',
      '--driver',
      driver,
    );
    expect(result).toMatchObject({ driver, cpuTied: limited[driver] });
    const [small, large] = result.sizes;
    expect([small!.failed, large!.failed]).toEqual([null, null]);
    if (!limited[driver]) return;
    expect(small!.observedCpus!).toBeLessThan(small!.cpus * 1.5);
    expect(small!.durationMs!.mean).toBeGreaterThan((60 / small!.cpus) * 0.8);
    expect(result.choices!.fastest).toBe(1769);
  });

  it('finds the smallest size the cheapest for what only waits', async () => {
    const result = await tuned('waits', '--sizes', '128,1024', '--runs', '3', '--driver', driver);
    expect(result.choices!.cheapest).toBe(128);
    const [small, large] = result.sizes;
    expect(large!.usdPerMillion!).toBeGreaterThan(small!.usdPerMillion! * 4);
  });

  it('finds the floor of what needs memory', async () => {
    const result = await tuned('fills', '--sizes', '128,1024', '--runs', '3', '--driver', driver);
    expect(result.sizes.map(({ failed }) => failed?.outcome ?? null)).toEqual(['oom', null]);
    expect(result.choices).toEqual({ cheapest: 1024, fastest: 1024, balanced: 1024 });
  });
});

describe('faas tune', () => {
  const quick = ['--runs', '1', '--driver', 'process'];

  it('writes its choice into the configuration, and changes nothing else', async () => {
    const ran = await faas('tune', 'waits', '--sizes', '128,1024', ...quick, '--apply', 'cheapest');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('cheapest  128 MB');
    expect(ran.stderr).toContain('waits has memory: 128 now, it had 1024');
    const written = await readFile(join(place.folder, 'faas.config.ts'), 'utf8');
    expect(written).toBe(CONFIG.replace('memory: 1024', 'memory: 128'));
    await writeFile(join(place.folder, 'faas.config.ts'), CONFIG);
  });

  it.each(['made', 'computed'])(
    'leaves a configuration alone that computes its settings: %s',
    async (name) => {
      const ran = await faas('tune', name, '--sizes', '256', ...quick, '--apply');
      expect(ran.code).toBeGreaterThan(0);
      expect(ran.stderr).toContain(`set functions.${name}.memory to 256`);
      expect(await readFile(join(place.folder, 'faas.config.ts'), 'utf8')).toBe(CONFIG);
    },
  );

  it('fails where the function succeeds at no size, and says what came of it', async () => {
    const ran = await faas('tune', 'fills', '--sizes', '128', ...quick);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('oom');
    expect(ran.stdout).toContain('No size let the function succeed');
  });

  it.each([
    [['tune', 'nobody'], 'no function is called'],
    [['tune', 'waits', '--sizes', '64'], 'from 128 to 10240'],
    [['tune', 'waits', '--runs', '0'], 'from 1 to 1000'],
    [['tune', 'waits', '--event', '{'], '--event'],
  ])('%j is a mistake that is named', async (args, message) => {
    const ran = await faas(...args);
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stderr).toContain(message);
  });

  it('leaves nothing behind', async () => {
    expect(await readdir(join(place.folder, 't'))).toEqual([]);
    expect(await readdir(place.folder)).not.toContain('.faas');
  });
});

if (!dockerTests) console.warn('faas tune is tried on the process driver only');
