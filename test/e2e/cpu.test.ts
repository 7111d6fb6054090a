/** `cpu: 'proportional'` gives a function as much CPU as AWS Lambda gives for its memory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionGroups } from '../../runtime/sandbox/process/cgroup/session-groups.ts';
import { drivers } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

const probe = await SessionGroups.open(`faas.test.${process.pid}`);
await probe?.close();
const limited = { process: probe?.can('cpu') ?? false, docker: true };

const source = behaviour('compute');
const functions = {
  small: { source, memory: 128, timeout: '30s', cpu: 'proportional' as const },
  large: { source, memory: 884, timeout: '30s', cpu: 'proportional' as const },
  full: { source, memory: 128, timeout: '30s' },
};

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

  const recordOf = async (name: string, ms: number) => {
    const response = await fetch(`${faas.url}/${name}?ms=${ms}`);
    expect([response.status, await response.text()]).toEqual([200, String(ms)]);
    const requestId = response.headers.get('x-faas-request-id');
    return faas.record((one) => one.requestId === requestId);
  };

  // A busy machine gives less than the share, never more; the first 20 ms period may be had at full speed.
  it.runIf(limited[driver]).each([
    ['small', 60, 128 / 1769],
    ['large', 400, 884 / 1769],
  ])('the %s one computes %i ms at its share of a processor', async (name, ms, share) => {
    const { cpuMs, durationMs } = await recordOf(name, ms);
    expect(cpuMs).toBeGreaterThanOrEqual(ms);
    expect(durationMs).toBeGreaterThan((ms / share) * 0.8);
  });

  it.skipIf(limited[driver])('where the share has no effect that is said, once', async () => {
    await recordOf('small', 1);
    expect(faas.stderr()).toContain("cpu: 'proportional' has no effect here");
    expect(faas.stderr().split('has no effect here')).toHaveLength(2);
  });

  it('without the setting there is no such limit', async () => {
    const { cpuMs } = await recordOf('full', 60);
    expect(cpuMs).toBeGreaterThanOrEqual(60);
    expect(faas.stderr()).not.toContain(limited[driver] ? 'has no effect' : 'full has');
  });
});
