/** An idle function gets no CPU, whatever it left running; and wakes for the next call. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers, type TestedDriver } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers, livingLeftovers } from '../support/leftovers.ts';

const functions = {
  'busy-timers': { source: behaviour('busy-timers'), timeout: '30s', freeze: '200ms' },
  restless: { source: behaviour('busy-timers'), timeout: '30s', freeze: 'off' as const },
  compute: { source: behaviour('compute'), timeout: '60s' },
};

describe.runIf(process.platform === 'linux').each(drivers)('on the %s driver', (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: RunningFaas;
  const start = () => startFaas(place.folder, { functions }, ['--driver', driver]);

  beforeAll(async () => {
    place = await workspace();
    faas = await start();
  });
  afterAll(async () => {
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
    await place[Symbol.asyncDispose]();
  });

  const call = async (name: string, query = '') => {
    const response = await fetch(`${faas.url}/${name}${query}`);
    expect(response.status).toBe(200);
    const requestId = response.headers.get('x-faas-request-id');
    const instance = response.headers.get('x-faas-instance') ?? '';
    const record = await faas.record((one) => one.requestId === requestId);
    return { value: (await response.json()) as { fired: number }, instance, record };
  };
  const stateOf = async (id: string): Promise<string | undefined> => {
    const { instances } = (await (await faas.admin('/api/instances')).json()) as {
      instances: { id: string; state: string }[];
    };
    return instances.find((instance) => instance.id === id)?.state;
  };
  /** Time passes, and the machine works, without a clock having to say so. */
  const workElsewhere = () => call('compute', '?ms=150');

  it('busy timers get no CPU once the function is frozen, and go on when it is called', async () => {
    const first = await call('busy-timers');
    await expect.poll(() => stateOf(first.instance), { timeout: 10_000 }).toBe('frozen');
    const pids = pidsOf(driver, first.instance);
    expect(pids).not.toEqual([]);
    const before = cpuTicks(pids);
    await workElsewhere();
    expect(cpuTicks(pids)).toEqual(before);

    const second = await call('busy-timers');
    expect(second.instance).toBe(first.instance);
    expect(second.record).toMatchObject({ start: 'warm', outcome: 'success' });
    expect(second.record.phases.thawMs).toBeGreaterThan(0);
    await expect.poll(() => cpuTicks(pids)).not.toEqual(before);
    const third = await call('busy-timers');
    expect(third.value.fired).toBeGreaterThan(second.value.fired);
  });

  it('what is left running is told once, in the log of the call that left it', async () => {
    const { instance, record } = await call('restless');
    const warnings = async () => {
      const response = await faas.admin('/api/logs?function=restless');
      const { lines } = (await response.json()) as { lines: Record<string, unknown>[] };
      return lines.filter(({ level }) => level === 'WARN');
    };
    await expect.poll(warnings, { timeout: 10_000 }).toEqual([
      expect.objectContaining({
        instance,
        requestId: record.requestId,
        line: expect.stringContaining('work was still pending (1 timer)'),
      }),
    ]);
    await call('restless');
    await workElsewhere();
    expect(await warnings()).toHaveLength(1);
  });

  it('freeze: off lets them run', async () => {
    const { instance } = await call('restless');
    const pids = pidsOf(driver, instance);
    const before = cpuTicks(pids);
    await expect.poll(() => cpuTicks(pids)).not.toEqual(before);
    expect(await stateOf(instance)).toBe('idle');
  });

  it('a runtime that was killed leaves frozen sandboxes, and the next start removes them, with either driver', async () => {
    const { instance } = await call('busy-timers');
    await expect.poll(() => stateOf(instance), { timeout: 10_000 }).toBe('frozen');
    await faas.stop('SIGKILL');
    expect(livingLeftovers(faas.dataDir)).not.toEqual([]);
    // Whichever driver that has.
    for (const other of drivers.filter((name) => name !== driver)) {
      const next = await startFaas(place.folder, { functions: {} }, ['--driver', other]);
      expect(livingLeftovers(next.dataDir, next.sessionId)).toEqual([]);
      await next.stop();
    }
    faas = await start();
    expect(livingLeftovers(faas.dataDir, faas.sessionId)).toEqual([]);
    await call('busy-timers');
  });
});

/** All processes of a sandbox. */
function pidsOf(driver: TestedDriver, instance: string): number[] {
  if (driver === 'docker') {
    const [id = ''] = docker('ps', '-q', '--no-trunc', '--filter', `label=faas.sandbox=${instance}`);
    return docker('top', id, '-o', 'pid').slice(1).map(Number);
  }
  const mark = `FAAS_SANDBOX_ID=${instance}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && environmentOf(entry).includes(mark))
    .map(Number);
}

const docker = (...args: string[]): string[] =>
  execFileSync('docker', args, { encoding: 'utf8' }).trim().split('\n');

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

/** User and system time of each process: fields 14 and 15 of proc(5). */
const cpuTicks = (pids: number[]): (string | undefined)[][] =>
  pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
  });
