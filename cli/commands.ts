import type { Command } from 'commander';
import type { Context } from './context.ts';

/** What each file under commands/ exports: it declares its flags and runs with the context of the parsed line. */
export type Define = (command: Command, context: () => Context) => void;

export interface CommandEntry {
  name: string;
  summary: string;
  group: string;
  load(): Promise<{ define: Define }>;
}

const RUN = 'Run:';
const FUNCTIONS = 'Functions:';
const LOOK = 'Look:';
const MACHINE = 'This machine:';

/** In the order of `faas --help`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'run the runtime until Ctrl-C',
    group: RUN,
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'dev',
    summary: 'the same, and what you save takes over',
    group: RUN,
    load: () => import('./commands/dev.ts'),
  },
  {
    name: 'status',
    summary: 'is a runtime running, and where',
    group: RUN,
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'new',
    summary: 'make a function folder that deploys',
    group: FUNCTIONS,
    load: () => import('./commands/new.ts'),
  },
  {
    name: 'deploy',
    summary: 'build and deploy function folders',
    group: FUNCTIONS,
    load: () => import('./commands/deploy.ts'),
  },
  {
    name: 'invoke',
    summary: 'call a function and print its answer',
    group: FUNCTIONS,
    load: () => import('./commands/invoke.ts'),
  },
  {
    name: 'emit',
    summary: 'send a function the event of an upload',
    group: FUNCTIONS,
    load: () => import('./commands/emit.ts'),
  },
  {
    name: 's3',
    summary: 'list, copy and remove objects',
    group: FUNCTIONS,
    load: () => import('./commands/s3.ts'),
  },
  { name: 'rm', summary: 'remove functions', group: FUNCTIONS, load: () => import('./commands/rm.ts') },
  {
    name: 'ps',
    summary: 'functions and their live instances',
    group: LOOK,
    load: () => import('./commands/ps.ts'),
  },
  {
    name: 'events',
    summary: 'events that wait or were given up',
    group: LOOK,
    load: () => import('./commands/events.ts'),
  },
  { name: 'logs', summary: 'what functions printed', group: LOOK, load: () => import('./commands/logs.ts') },
  {
    name: 'cost',
    summary: 'what the invocations would have cost',
    group: LOOK,
    load: () => import('./commands/cost.ts'),
  },
  {
    name: 'what-if',
    summary: 'the same calls with other settings: cold starts, waiting, cost',
    group: LOOK,
    load: () => import('./commands/what-if.ts'),
  },
  {
    name: 'replay',
    summary: 'send recorded events to two revisions and compare',
    group: LOOK,
    load: () => import('./commands/replay.ts'),
  },
  {
    name: 'budget',
    summary: 'hold functions to their limits and to a saved state',
    group: LOOK,
    load: () => import('./commands/budget.ts'),
  },
  {
    name: 'query',
    summary: 'SQL over records, instances and logs',
    group: LOOK,
    load: () => import('./commands/query.ts'),
  },
  {
    name: 'tune',
    summary: 'find the memory size that is worth its money',
    group: LOOK,
    load: () => import('./commands/tune.ts'),
  },
  {
    name: 'doctor',
    summary: 'what is missing on this machine',
    group: MACHINE,
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'clean',
    summary: 'remove leftovers and caches',
    group: MACHINE,
    load: () => import('./commands/clean.ts'),
  },
];
