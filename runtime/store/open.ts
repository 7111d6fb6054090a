import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { openConnection } from './connection.ts';
import { createDeadEvents } from './dead-events.ts';
import { createFunctionStore } from './functions.ts';
import { createInstanceStore } from './instances.ts';
import { createLedger } from './ledger.ts';
import { createLogStore } from './logs.ts';
import { migrate, requireVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { createEventQueue } from './queue.ts';
import { createRecordedEventStore } from './recorded-events.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  clock?: Clock;
  /** Where failures of batched writes are told. */
  log: Logger;
  /** For looking at a data directory whose runtime may be running; every write fails. */
  readOnly?: boolean;
}

/**
 * Opens `<dataDir>/faas.db`, creating and migrating it unless `readOnly`.
 * Throws StoreFailed when it is absent (read only), corrupt, locked, or written by a newer version.
 */
export function openStore(dataDir: string, options: StoreOptions): Store {
  const { clock = systemClock, log, readOnly = false } = options;
  const connection = openConnection(join(dataDir, 'faas.db'), { readOnly });
  try {
    if (readOnly) requireVersion(connection.database, 'store', MIGRATIONS.length);
    else migrate(connection, 'store', MIGRATIONS);
    const ledger = createLedger(connection, { clock, log });
    const logs = createLogStore(connection, { clock, log });
    const recordedEvents = createRecordedEventStore(connection, { clock, log });
    return {
      database: connection.database,
      ledger,
      logs,
      functions: createFunctionStore(connection),
      recordedEvents,
      instances: createInstanceStore(connection),
      queue: createEventQueue(connection, { clock }),
      deadEvents: createDeadEvents(connection, { clock }),
      transaction: connection.transaction,
      close() {
        if (!connection.database.isOpen) return;
        ledger.close();
        logs.close();
        recordedEvents.close();
        connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}
