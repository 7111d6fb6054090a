/** What `npm run bench -- …` takes. */
import { parseArgs } from 'node:util';
import { DRIVERS } from './under-test/runtime.ts';

export interface Options {
  /** Names of scenarios; null: all but those that are asked for by a flag of their own. */
  rows: string[] | null;
  drivers: string[] | null;
  quick: boolean;
  soak: boolean;
  peers: boolean;
  out: string;
}

export const USAGE = `npm run bench -- [--rows NAME,NAME] [--driver docker|process] [--quick] [--soak] [--peers] [--out FILE]

  --rows NAME,NAME   only these scenarios
  --driver NAME      only rows of this driver
  --quick            few samples: shows that it works, the figures mean nothing
  --soak             adds 100,000 warm calls and 10,000 cold starts (takes many minutes)
  --peers            adds serverless-offline and functions-framework, installed from npm
  --out FILE         where the results go (default: bench/results.json)
`;

export type Read =
  | { kind: 'options'; options: Options }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

/** `names`: of the scenarios there are; `out`: where results go unless it is said. */
export function readOptions(args: string[], { names, out }: { names: string[]; out: string }): Read {
  try {
    const { help, rows, driver, ...rest } = parse(args, out);
    if (help) return { kind: 'help' };
    const options = {
      ...rest,
      rows: chosen('--rows', rows, names),
      drivers: chosen('--driver', driver, DRIVERS),
    };
    return { kind: 'options', options };
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
}

function parse(args: string[], out: string) {
  return parseArgs({
    args,
    options: {
      rows: { type: 'string' },
      driver: { type: 'string' },
      quick: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      out: { type: 'string', default: out },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function chosen(flag: string, list: string | undefined, known: readonly string[]): string[] | null {
  if (list === undefined) return null;
  const names = list.split(',');
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no ${unknown.join(', ')}; ${flag} takes ${known.join(', ')}`);
  return names;
}
