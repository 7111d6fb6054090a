import type { Migration } from '../migrate.ts';
import { initial } from './0001-initial.ts';

/** In order; a released one is never edited or removed. */
export const MIGRATIONS: readonly Migration[] = [initial];
