/**
 * `npm run demo`: the main job from end to end, on free ports and in a folder that is gone afterwards. What it prints
 * is what happened; when a step fails it says which, with the runtime's own words, and ends with 1.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import colors from 'picocolors';
import sharp from 'sharp';
import type { InvocationRecord } from '../runtime/core/types.ts';
import { JsonLines } from './json-lines.ts';
import { makePicture, PICTURE } from './make-picture.ts';

const FAAS = fileURLToPath(new URL('../cli/faas.js', import.meta.url));
const CONFIG = fileURLToPath(new URL('../faas.config.ts', import.meta.url));
const DEADLINE_MS = 110_000;
const { bold, dim, green, cyan } = colors;

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'faas-demo-'));
  try {
    const runtime = await startRuntime(dataDir);
    try {
      await callHello(runtime);
      await uploadPicture(runtime);
      await showCost(dataDir);
    } finally {
      await runtime.stop();
    }
    console.log(`\n${green('✔')} ${bold('Done.')} The runtime has stopped; no sandbox and no file is left.`);
    console.log(dim('  Next: npm start, then curl http://127.0.0.1:4000/hello/you\n'));
  } catch (error) {
    console.error(
      `\n${colors.red(bold('The demo failed:'))} ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = 1;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

// --- the steps ----------------------------------------------------------------------------------

async function callHello({ url, record }: DemoRuntime): Promise<void> {
  step(2, 'An HTTP request reaches a function that has never run: a cold start. The second finds it warm.');
  for (const name of ['Ada', 'Grace']) {
    const address = `${url}/hello/${name}`;
    shell(`curl ${address}`);
    const response = await fetch(address);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${address} answered ${response.status}: ${body}`);
    console.log(`    ${body}`);
    const requestId = response.headers.get('x-faas-request-id');
    describeRecord(await record((one) => one.requestId === requestId));
  }
}

async function uploadPicture({ awsEndpoint, record }: DemoRuntime): Promise<void> {
  step(
    3,
    `A picture of ${PICTURE.width} × ${PICTURE.height} pixels is uploaded. Its event makes the thumbnail.`,
  );
  const picture = await makePicture();
  const upload = `${awsEndpoint}/photos/in/landscape.jpg`;
  shell(`curl -T landscape.jpg ${upload}`);
  const stored = await fetch(upload, { method: 'PUT', body: new Uint8Array(picture) });
  if (!stored.ok) throw new Error(`the upload was answered ${stored.status}: ${await stored.text()}`);
  console.log(dim(`    ${megabytes(picture.length)} stored`));

  describeRecord(await record((one) => one.function === 'resize'));
  const thumbnail = `${awsEndpoint}/thumbnails/landscape.jpg`;
  shell(`curl -O ${thumbnail}`);
  const answer = await fetch(thumbnail);
  if (!answer.ok) throw new Error(`there is no thumbnail: ${answer.status} ${await answer.text()}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const { format, width, height } = await sharp(bytes).metadata();
  console.log(
    `    ${green('✔')} a ${format} of ${bold(`${width} × ${height}`)} pixels, ${(bytes.length / 1024).toFixed(1)} KB`,
  );
}

async function showCost(dataDir: string): Promise<void> {
  step(4, 'What that would have cost on AWS Lambda:');
  shell('faas cost');
  const { status } = spawnSync(process.execPath, [FAAS, 'cost', '--data-dir', dataDir], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`faas cost ended with ${status}`);
}

// --- the runtime, as its own process --------------------------------------------------------------

interface DemoRuntime {
  url: string;
  awsEndpoint: string;
  /** The first record that fits, as soon as there is one. */
  record: (fits: (record: InvocationRecord) => boolean) => Promise<InvocationRecord>;
  stop: () => Promise<void>;
}

interface ReadyLine {
  event: 'ready';
  url: string;
  awsEndpoint: string;
  driver: string;
  functions: string[];
  failed: { name: string; error: { message: string } }[];
}

async function startRuntime(dir: string): Promise<DemoRuntime> {
  step(1, 'The runtime starts and deploys the sample functions.');
  shell('faas start');
  const startedAt = performance.now();
  const ports = ['--port', '0', '--admin-port', '0', '--aws-port', '0'];
  const args = [
    FAAS,
    'start',
    '--json',
    '--config',
    CONFIG,
    '--data-dir',
    dir,
    ...ports,
    ...process.argv.slice(2),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));

  const lines = new JsonLines(createInterface(child.stdout));
  process.once('SIGINT', () => lines.fail(new Error('interrupted')));
  const ended = exited.then(([code]) => lines.fail(new Error(`faas start ended with ${code}\n${stderr}`)));
  deadline.addEventListener('abort', () => lines.fail(new Error(`not done after ${DEADLINE_MS / 1000} s`)));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    if (child.exitCode === 0) return;
    // Its own words say more than the demo can.
    throw new Error(`faas start ended with ${child.exitCode ?? child.signalCode}\n${stderr}`);
  };
  try {
    const { url, awsEndpoint, driver, functions, failed } = await lines.first(isReady);
    const broken = failed.map(({ name, error }) => `${name}: ${error.message}`);
    if (broken.length > 0) throw new Error(`not every function was deployed: ${broken.join('; ')}`);
    const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    console.log(
      `    ${green('✔')} ${bold(functions.join(', '))} deployed, driver ${bold(driver)} ${dim(took)}`,
    );
    const record: DemoRuntime['record'] = (fits) =>
      lines.first((line): line is InvocationRecord => isRecord(line) && fits(line));
    return { url, awsEndpoint, record, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const isReady = (line: unknown): line is ReadyLine =>
  typeof line === 'object' && line !== null && 'event' in line && line.event === 'ready';

const isRecord = (line: unknown): line is InvocationRecord =>
  typeof line === 'object' && line !== null && 'outcome' in line;

// --- how it is told -----------------------------------------------------------------------------

function step(number: number, text: string): void {
  console.log(`\n${cyan(`${number}`)} ${bold(text)}`);
}

function shell(command: string): void {
  console.log(dim(`  $ ${command}`));
}

/** The record in a sentence: how it started, what that took, what is billed. Throws when the function failed. */
function describeRecord(record: InvocationRecord): void {
  const { outcome, start, coldStartMs, phases, durationMs, billedMs, maxMemoryMb, memoryMb } = record;
  if (outcome !== 'success') {
    throw new Error(`${record.function} ended with ${outcome}: ${record.errorType}: ${record.errorMessage}`);
  }
  const { provisionMs, bootMs, initMs } = phases;
  const parts = Object.entries({ sandbox: provisionMs, boot: bootMs, init: initMs })
    .filter(([, ms]) => ms !== null)
    .map(([name, ms]) => `${name} ${Number(ms).toFixed(1)}`);
  const cold = coldStartMs > 0 ? ` ${coldStartMs.toFixed(1)} ms (${parts.join(' + ')})` : '';
  const memory = maxMemoryMb === null ? '' : `, ${maxMemoryMb} of ${memoryMb} MB`;
  console.log(
    `    ${bold(String(start))}${cold}, ran ${durationMs.toFixed(1)} ms, billed ${billedMs} ms${dim(memory)}`,
  );
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

await main();
