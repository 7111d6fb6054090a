/** `concurrencyPerInstance`: several calls at once in one sandbox. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

const functions = {
  shared: { source: behaviour('shared'), timeout: '30s', concurrency: 1, concurrencyPerInstance: 4 },
};

interface Value {
  most: number;
  requestId: string;
  left: number;
}

describe.each(drivers)('on the %s driver', (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: RunningFaas;

  beforeAll(async () => {
    place = await workspace();
    faas = await startFaas(place.folder, { functions }, ['--driver', driver]);
  });
  afterAll(async () => {
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
    await place[Symbol.asyncDispose]();
  });

  it('eight calls at once are run by one sandbox, four at a time, each with its own context, log and record', async () => {
    await fetch(`${faas.url}/shared`);
    const responses = await Promise.all(Array.from({ length: 8 }, () => fetch(`${faas.url}/shared`)));
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(responses.map(({ headers }) => headers.get('x-faas-instance'))).size).toBe(1);

    const values = (await Promise.all(responses.map((response) => response.json()))) as Value[];
    expect(Math.max(...values.map(({ most }) => most))).toBe(4);
    const ids = responses.map(({ headers }) => headers.get('x-faas-request-id') ?? '');
    expect(values.map(({ requestId }) => requestId)).toEqual(ids);
    for (const { left } of values) expect(left).toBeGreaterThan(0);

    for (const id of ids) {
      const record = await faas.record(({ requestId }) => requestId === id);
      expect(record).toMatchObject({ outcome: 'success', start: 'warm' });
      expect(record.durationMs).toBeGreaterThanOrEqual(299);
      await expect.poll(() => linesOf(id)).toEqual([`begins ${id}`, `ends ${id}`]);
    }
  });

  const linesOf = async (id: string): Promise<string[]> => {
    const response = await faas.admin(`/api/logs?request=${id}`);
    const { lines } = (await response.json()) as { lines: { line: string; stream: string }[] };
    return lines.filter(({ stream }) => stream !== 'system').map(({ line }) => line);
  };
});
