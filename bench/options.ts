/** What `npm run bench -- …` takes. */
import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; null: all but those that are asked for by a flag of their own. */
  rows: string[] | null;
  drivers: string[] | null;
  quick: boolean;
  soak: boolean;
  peers: boolean;
  out: string;
  help: boolean;
}

export const USAGE = `npm run bench -- [--rows NAME,NAME] [--driver docker|process] [--quick] [--soak] [--peers] [--out FILE]

  --rows NAME,NAME   only these scenarios
  --driver NAME      only rows of this driver
  --quick            few samples: shows that it works, the figures mean nothing
  --soak             adds 100,000 warm calls and 10,000 cold starts (takes many minutes)
  --peers            adds serverless-offline and functions-framework, installed from npm
  --out FILE         where the results go (default: bench/results.json)
`;

export function readOptions(args: string[], defaultOut: string): Options {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: 'string' },
      driver: { type: 'string' },
      quick: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      out: { type: 'string', default: defaultOut },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { rows, driver, ...rest } = values;
  return { ...rest, rows: rows?.split(',') ?? null, drivers: driver?.split(',') ?? null };
}
