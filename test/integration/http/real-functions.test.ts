/** HTTP triggers all the way: socket, gateway, sandbox and back. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers } from '../../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../../support/faas.ts';
import { RawClient } from './raw-client.ts';

/** The machine may be busy. */
const PATIENTLY = { timeout: 30_000 };

describe.each(drivers)('on the %s driver', (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: RunningFaas;
  const portOf = (): number => Number(new URL(faas.url).port);

  beforeAll(async () => {
    place = await workspace();
    faas = await startFaas(
      place.folder,
      {
        functions: {
          mirror: { source: behaviour('http-mirror'), memory: 256, timeout: '30s' },
          forever: { source: behaviour('sleep-forever'), concurrency: 1, timeout: '2s' },
        },
      },
      ['--driver', driver],
    );
  });

  afterAll(async () => {
    await faas.stop();
    await place[Symbol.asyncDispose]();
  });

  it('a request is a Request and its Response the answer', async () => {
    const response = await fetch(`${faas.url}/mirror/a%20b?q=1`, { method: 'PUT', body: 'größe' });
    expect([response.status, await response.text()]).toEqual([201, 'größe']);
    expect(response.headers.get('x-url')).toBe(`${faas.url}/mirror/a%20b?q=1`);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; HttpOnly']);
    expect(response.headers.get('server-timing')).toMatch(
      /^queue;dur=[\d.]+(, \w+;dur=[\d.]+)*, handler;dur=[\d.]+$/,
    );
  });

  it.each([5 * 1024 * 1024, 6 * 1024 * 1024])('a body of %i bytes arrives whole', async (bytes) => {
    const response = await fetch(`${faas.url}/mirror/size`, { method: 'POST', body: Buffer.alloc(bytes, 1) });
    expect(await response.json()).toEqual({ size: bytes });
  });

  it('a binary answer of 4 MB arrives byte for byte', async () => {
    const bytes = 4 * 1024 * 1024;
    const response = await fetch(`${faas.url}/mirror/bytes?n=${bytes}`);
    const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
    expect(sha256(await response.bytes())).toBe(sha256(Buffer.alloc(bytes, 200)));
  });

  it('one sandbox serves call after call of a connection that is kept', async () => {
    const client = await RawClient.open(portOf());
    const instances = new Set<string | undefined>();
    for (let call = 0; call < 20; call += 1) {
      client.send(['GET /mirror HTTP/1.1']);
      const { headers, status } = await client.response();
      expect(status).toBe(201);
      instances.add(headers['x-faas-instance']);
    }
    expect(instances.size).toBe(1);
    client.close();
  });

  it('a client that leaves the line frees its place, one whose call runs gets its record all the same', async () => {
    const runs = await RawClient.open(portOf());
    const waits = await RawClient.open(portOf());
    runs.send(['GET /forever HTTP/1.1']);
    await expect.poll(() => busyOf(faas, 'forever'), PATIENTLY).toBe(1);
    waits.send(['GET /forever HTTP/1.1']);
    waits.close();
    runs.close();
    expect(await faas.record((one) => one.outcome === 'cancelled')).toMatchObject({
      instance: null,
      billedMs: 0,
    });
    expect(await faas.record((one) => one.outcome === 'timeout')).toMatchObject({
      function: 'forever',
      durationMs: 2000,
    });
  });
});

async function busyOf(faas: RunningFaas, name: string): Promise<number> {
  const response = await faas.admin(`/api/instances?function=${name}`);
  const { instances } = (await response.json()) as { instances: { state: string }[] };
  return instances.filter(({ state }) => state === 'busy').length;
}
