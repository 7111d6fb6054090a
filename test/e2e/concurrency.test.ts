/** 200 calls at once of a function that takes 100 ms and may have 10 sandboxes. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

describe.each(drivers)('on the %s driver', (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: RunningFaas;

  beforeAll(async () => {
    place = await workspace();
    const sleep = { source: behaviour('sleep-100'), concurrency: 10 };
    const functions = { patient: sleep, hasty: { ...sleep, queueLimit: 20 } };
    faas = await startFaas(place.folder, { functions }, ['--driver', driver]);
  });

  afterAll(async () => {
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
    await place[Symbol.asyncDispose]();
  });

  it.each(['patient', 'hasty'])(
    'all calls of the %s one are answered, by ten sandboxes at most',
    async (name) => {
      const responses = await Promise.all(Array.from({ length: 200 }, () => fetch(`${faas.url}/${name}`)));
      const statuses = responses.map(({ status }) => status);
      const served = responses.filter(({ status }) => status === 200);
      expect(new Set(statuses)).toEqual(new Set(name === 'patient' ? [200] : [200, 429]));
      for (const response of responses) {
        if (response.status === 429) expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      }
      const instances = new Set(served.map(({ headers }) => headers.get('x-faas-instance')));
      expect(instances.size).toBeGreaterThan(0);
      expect(instances.size).toBeLessThanOrEqual(10);

      const ids = responses.map(({ headers }) => headers.get('x-faas-request-id'));
      await Promise.all(ids.map((id) => faas.record(({ requestId }) => requestId === id)));
      const records = faas.records.filter((record) => record.function === name);
      expect(records).toHaveLength(200);
      expect(records.filter(({ outcome }) => outcome === 'success')).toHaveLength(served.length);
    },
  );

  it('no more than ten sandboxes ever existed, and the ledger has 200 rows a function', async () => {
    await faas.stop();
    const database = new DatabaseSync(join(faas.dataDir, 'faas.db'), { readOnly: true });
    const perFunction = database
      .prepare('SELECT function, count(*) AS n FROM records GROUP BY function ORDER BY 1')
      .all();
    const instances = database
      .prepare('SELECT function, count(*) AS n FROM instances GROUP BY function')
      .all();
    database.close();
    expect(perFunction).toEqual([
      { function: 'hasty', n: 200 },
      { function: 'patient', n: 200 },
    ]);
    for (const { n } of instances) expect(n).toBeLessThanOrEqual(10);
  });
});
