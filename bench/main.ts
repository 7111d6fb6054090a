/**
 * `npm run bench`: measures every row of docs/performance.md beside its yardstick, prints the table and writes
 * bench/results.json. A goal that is not reached is said in the table and fails nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { LoadGenerator } from './load/load.ts';
import { commit, describeMachine, type Machine } from './machine.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { resultRow, writeResults, type ResultRow, type Results } from './report/results.ts';
import { closingText, headingText, openingText, progressText, rowText } from './report/table.ts';
import { SCENARIOS } from './rows/index.ts';
import { rowsOf, type Bench, type Measured, type NotMeasured, type Scenario } from './rows/row.ts';
import { prepareProduct } from './under-test/product.ts';
import { functionImage } from './under-test/image.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const names = SCENARIOS.map(({ name }) => name);
  const read = readOptions(process.argv.slice(2), { names, out: join(ROOT, 'bench/results.json') });
  if (read.kind === 'help') return void process.stdout.write(USAGE);
  if (read.kind === 'wrong') {
    process.stderr.write(`error: ${read.message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const { options } = read;
  const scenarios = chosen(options);
  const startedAt = new Date();

  const folder = await mkdtemp(join(tmpdir(), 'faas-bench-'));
  try {
    const machine = await describeMachine();
    const product = prepareProduct(folder);
    const about: Results['product'] = {
      version: packageJson.version,
      commit: commit(ROOT),
      kind: product.kind,
      note: product.note,
    };
    console.log(openingText(machine, about));

    await using load = new LoadGenerator();
    const bench: Bench = {
      product,
      folder,
      load,
      image: functionImage(product, folder),
      samples: (full, quick) => (options.quick ? quick : full),
      progress: (message) => process.stderr.write(progressText(message)),
    };
    const rows: ResultRow[] = [];
    const took: Results['took'] = {};
    for (const scenario of scenarios) {
      console.log(headingText(scenario.heading));
      for await (const row of measured(scenario, bench, { machine, options, took })) {
        rows.push(row);
        console.log(rowText(row));
      }
    }

    const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
    const { quick } = options;
    const results: Results = {
      version: 1,
      date: startedAt.toISOString(),
      seconds,
      quick,
      machine,
      product: about,
      took,
      rows,
    };
    writeResults(options.out, results);
    console.log(closingText(results, relative(process.cwd(), options.out)));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function chosen({ rows, soak, peers }: Options): readonly Scenario[] {
  const asked = { soak, peers };
  return SCENARIOS.filter(({ name, onlyWith }) => {
    if (onlyWith !== undefined && asked[onlyWith]) return true;
    return rows?.includes(name) ?? onlyWith === undefined;
  });
}

interface Run {
  machine: Machine;
  options: Options;
  /** Filled as scenarios end. */
  took: Results['took'];
}

async function* measured(
  scenario: Scenario,
  bench: Bench,
  { machine: { engine }, options: { drivers }, took }: Run,
): AsyncGenerator<ResultRow> {
  const { name, heading, measure } = scenario;
  for (const driver of scenario.drivers) {
    if (driver !== null && drivers !== null && !drivers.includes(driver)) continue;
    const answers: () => Promise<Record<string, Measured | NotMeasured>> =
      driver === 'docker' && engine === null
        ? () => Promise.reject(new Error('no container engine answers'))
        : () => measure(bench, driver);
    const startedAt = performance.now();
    const outcomes = await answers().catch(firstLine);
    took[driver === null ? name : `${name}, ${driver}`] = Math.round(performance.now() - startedAt) / 1000;
    for (const row of rowsOf(scenario, driver)) {
      const reason = typeof outcomes === 'string' ? outcomes : 'the scenario left it out';
      const outcome = (typeof outcomes === 'string' ? undefined : outcomes[row.id]) ?? {
        notMeasured: reason,
      };
      yield resultRow({ scenario: name, heading, driver }, row, outcome);
    }
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

await main();
