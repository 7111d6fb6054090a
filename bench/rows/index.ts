/** Every scenario, in the order of the table. */
import { burst } from './burst.ts';
import { coldFresh, coldPrewarmed } from './cold.ts';
import { deploy, start } from './commands.ts';
import { dev } from './dev.ts';
import { memory } from './memory.ts';
import { peers } from './peers.ts';
import { recording } from './recording.ts';
import { reports } from './reports.ts';
import type { Scenario } from './row.ts';
import { s3 } from './s3.ts';
import { soak } from './soak.ts';
import { thaw } from './thaw.ts';
import { bodies, warm } from './warm.ts';

export const SCENARIOS: readonly Scenario[] = [
  coldPrewarmed,
  coldFresh,
  burst,
  warm,
  bodies,
  thaw,
  deploy,
  start,
  dev,
  memory,
  recording,
  reports,
  s3,
  soak,
  ...peers,
];
