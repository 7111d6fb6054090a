/** Every scenario, in the order of the table. */
import { coldFresh, coldPrewarmed } from './cold.ts';
import type { Scenario } from './row.ts';
import { bodies, warm } from './warm.ts';

export const SCENARIOS: readonly Scenario[] = [coldPrewarmed, coldFresh, warm, bodies];
