/** What a record says that a call used is what that call used. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

const functions = { readings: { source: behaviour('readings'), memory: 256, timeout: '60s' } };

describe.runIf(process.platform === 'linux').each(drivers)('on the %s driver', (driver) => {
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

  const recordOf = async (query: string) => {
    const response = await fetch(`${faas.url}/readings?${query}`);
    expect(response.status).toBe(200);
    const requestId = response.headers.get('x-faas-request-id');
    const record = await faas.record((one) => one.requestId === requestId);
    const { maxMemoryMb, cpuMs, memoryMb, tmpUsedMb } = record;
    expect(maxMemoryMb).toBeLessThanOrEqual(memoryMb);
    return { mb: maxMemoryMb ?? 0, ms: cpuMs ?? 0, tmpMb: tmpUsedMb };
  };

  it('the peak of memory is the call’s own, not one of before', async () => {
    const small = await recordOf('mb=1');
    const large = await recordOf('mb=120');
    const again = await recordOf('mb=1');
    expect(large.mb - small.mb).toBeGreaterThan(110);
    expect(large.mb - again.mb).toBeGreaterThan(110);
  });

  it('a call near its memory tells no more than it has', async () => {
    expect((await recordOf('mb=225')).mb).toBeGreaterThan(225);
  });

  it('what /tmp holds is told where /tmp is a file system of its own, that of earlier calls too', async () => {
    const isOwn = driver === 'docker';
    expect((await recordOf('mb=1')).tmpMb).toBe(isOwn ? 0 : null);
    expect((await recordOf('tmp=10')).tmpMb).toBe(isOwn ? 10 : null);
    expect((await recordOf('mb=1')).tmpMb).toBe(isOwn ? 10 : null);
  });

  it('CPU time is the call’s own', async () => {
    const long = await recordOf('ms=200');
    const short = await recordOf('ms=0');
    expect(long.ms).toBeGreaterThanOrEqual(200);
    expect(short.ms).toBeLessThan(100);
  });

  it('CPU time of a program that the function runs is part of it', async () => {
    expect((await recordOf('program=1&ms=250')).ms).toBeGreaterThanOrEqual(250);
  });
});
