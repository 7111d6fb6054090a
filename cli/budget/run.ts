/** The calls of the present revisions, from the data directory, saved or held to their budgets. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { baselineOf, type BaselineFile } from '../../runtime/budget/baseline.ts';
import { checkBudgets, type BudgetCheck } from '../../runtime/budget/check.ts';
import { observe, type Observed } from '../../runtime/budget/observe.ts';
import type { LoadedConfig } from '../../runtime/config/load.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { Store } from '../../runtime/store/store.ts';
import type { BudgetFlags } from '../commands/budget.ts';
import type { Context } from '../context.ts';
import { rateCardOf } from '../cost/ask.ts';
import { load } from '../load.ts';
import { readStore } from '../offline/store.ts';
import { budgetTable } from '../terminal/budget.ts';
import { plural } from '../terminal/format.ts';
import { githubAnnotations, junitReport } from './ci-formats.ts';

export async function saveNow(context: Context, name: string | undefined, flags: BudgetFlags): Promise<void> {
  const { loaded, observed } = await look(context, name, flags);
  const measured = observed.filter(({ calls }) => calls > 0);
  if (measured.length === 0) throw nothingMeasured();
  const file = baselineFile(context, loaded, flags);
  const before = await readBaseline(file);
  const functions = { ...before?.functions };
  for (const one of measured) functions[one.function] = baselineOf(one);
  const content: BaselineFile = { version: 1, functions };
  await writeFile(file, `${baselineText(content)}\n`);
  const names = measured.map(({ function: saved, calls }) => `${saved} (${plural(calls, 'call')})`);
  context.result(
    { file, functions: measured.map((one) => one.function) },
    () => `${file}: ${names.join(', ')}`,
  );
}

export async function checkNow(
  context: Context,
  name: string | undefined,
  flags: BudgetFlags,
): Promise<void> {
  const { loaded, observed } = await look(context, name, flags);
  const baseline = await readBaseline(baselineFile(context, loaded, flags));
  const check = checkBudgets(observed, {
    config: loaded.config,
    baseline,
    comparison: { tolerance: flags.tolerance },
    strict: flags.strict === true,
  });
  if (!check.ok) context.exitCode = 1;
  print(context, check, flags, loaded.configFile);
}

function print(
  context: Context,
  check: BudgetCheck,
  { format = context.json ? 'json' : 'table', strict = false }: BudgetFlags,
  configFile: string | null,
): void {
  switch (format) {
    case 'json':
      return context.writeJson(check);
    case 'junit':
      return context.write(junitReport(check, strict));
    case 'github':
      return context.write(githubAnnotations(check, { strict, configFile, cwd: context.io.cwd }));
    case 'table':
      return context.result(check, () => budgetTable(check, context.colors));
  }
}

async function look(
  context: Context,
  name: string | undefined,
  flags: BudgetFlags,
): Promise<{ loaded: LoadedConfig; observed: Observed[] }> {
  const loaded = await load(context);
  const rates = await rateCardOf(context, flags.rates);
  const observed = await readStore(context, (store) =>
    functionsOf(store, name).map((deployed) => {
      const { name: each } = deployed.settings;
      const since = flags.since === undefined ? {} : { since: flags.since };
      const records = store.ledger.records({ function: each, ...since });
      return observe(each, ofRevision(records, deployed.revision.id), rates);
    }),
  );
  return { loaded, observed };
}

function functionsOf(store: Store, name: string | undefined) {
  const all = store.functions.all();
  const chosen = name === undefined ? all : all.filter(({ settings }) => settings.name === name);
  if (chosen.length > 0) return chosen;
  throw new FaasError('FunctionNotFound', `no function '${name ?? ''}' is deployed`, {
    expected:
      all.length > 0
        ? `one of ${all.map(({ settings }) => settings.name).join(', ')}`
        : 'a deployed function',
    got: name ?? 'none',
    remedy: 'faas deploy DIR deploys one',
  });
}

function* ofRevision<T extends { revision: string | null }>(records: Iterable<T>, id: string): Generator<T> {
  for (const record of records) if (record.revision === id) yield record;
}

/** Beside the configuration, so that it is committed with it. */
const baselineFile = ({ io }: Context, { configFile }: LoadedConfig, { baseline }: BudgetFlags): string =>
  resolve(configFile === null ? io.cwd : dirname(configFile), baseline);

async function readBaseline(file: string): Promise<BaselineFile | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isBaselineFile(value)) return value;
  } catch {
    // Told below.
  }
  throw new FaasError('UsageError', `${file} is no saved state of faas budget`, {
    expected: 'what faas budget save wrote, version 1',
    got: text.slice(0, 60),
    remedy: 'faas budget save writes it anew',
  });
}

const isBaselineFile = (value: unknown): value is BaselineFile =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  value.version === 1 &&
  'functions' in value &&
  typeof value.functions === 'object' &&
  value.functions !== null;

/** Indented, but a list of numbers is one line: a diff then shows a function and not a hundred lines. */
const baselineText = (content: BaselineFile): string =>
  JSON.stringify(content, null, 2).replaceAll(/\[[\s\d.,e+-]*\]/gu, (list) =>
    list.replaceAll(/\s+/gu, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']'),
  );

const nothingMeasured = (): FaasError =>
  new FaasError('UsageError', 'there are no calls to save', {
    expected: 'recorded calls of the present revisions',
    got: 'none',
    remedy: 'call the functions first, a few dozen times: noise is judged from the spread',
  });
