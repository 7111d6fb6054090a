import type { Migration } from '../migrate.ts';
import { initial } from './0001-initial.ts';
import { eventOrder } from './0002-event-order.ts';
import { recordActivity } from './0003-record-activity.ts';
import { replay } from './0004-replay.ts';
import { tmpUsed } from './0005-tmp-used.ts';

/** In order; a released one is never edited or removed. */
export const MIGRATIONS: readonly Migration[] = [initial, eventOrder, recordActivity, replay, tmpUsed];
