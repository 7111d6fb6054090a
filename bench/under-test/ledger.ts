/** The ledger by itself: no runtime can be told to do without. */
import { silentLogger } from '../../runtime/core/log.ts';
import { openStore } from '../../runtime/store/open.ts';
import { sampleRecord } from './million-records.ts';

const RECORDS = 5000;

/** CPU milliseconds of this process for handing over a record and writing it, in the batches of a busy runtime. */
export function cpuMsPerRecord(dataDir: string): number {
  const store = openStore(dataDir, { log: silentLogger });
  try {
    const records = Array.from({ length: RECORDS }, (_, index) => sampleRecord(index, RECORDS));
    const before = process.cpuUsage();
    for (const record of records) store.ledger.append(record);
    store.ledger.flush();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / RECORDS;
  } finally {
    store.close();
  }
}
