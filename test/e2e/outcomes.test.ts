/** What becomes of functions that misbehave: a named outcome, the right status, a clean next call, nothing left. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../runtime/core/types.ts';
import { drivers } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

const names = [
  'busy-loop',
  'sleep-forever',
  'never-settles',
  'exit-3',
  'throws',
  'crash-on-init',
  'exit-on-init',
  'leak-memory',
  'leaves-children',
  'measured',
];

interface Case {
  function: string;
  query?: string;
  status: number;
  code: string;
  outcome: Outcome;
  errorType: string;
}

const cases: Case[] = [
  {
    function: 'busy-loop',
    status: 504,
    code: 'FunctionTimeout',
    outcome: 'timeout',
    errorType: 'Sandbox.Timedout',
  },
  {
    function: 'sleep-forever',
    status: 504,
    code: 'FunctionTimeout',
    outcome: 'timeout',
    errorType: 'Sandbox.Timedout',
  },
  {
    function: 'never-settles',
    status: 502,
    code: 'FunctionError',
    outcome: 'error',
    errorType: 'Runtime.NodeJsExit',
  },
  {
    function: 'exit-3',
    status: 502,
    code: 'SandboxExited',
    outcome: 'crash',
    errorType: 'Runtime.ExitError',
  },
  { function: 'throws', status: 502, code: 'FunctionError', outcome: 'error', errorType: 'TypeError' },
  {
    function: 'crash-on-init',
    status: 502,
    code: 'InitFailed',
    outcome: 'init-error',
    errorType: 'RangeError',
  },
  {
    function: 'exit-on-init',
    status: 502,
    code: 'InitFailed',
    outcome: 'init-error',
    errorType: 'Runtime.ExitError',
  },
  {
    function: 'leak-memory',
    status: 502,
    code: 'OutOfMemory',
    outcome: 'oom',
    errorType: 'Runtime.OutOfMemory',
  },
  {
    function: 'leaves-children',
    query: 'exit=1',
    status: 502,
    code: 'SandboxExited',
    outcome: 'crash',
    errorType: 'Runtime.ExitError',
  },
  {
    function: 'leaves-children',
    query: 'hang=1',
    status: 504,
    code: 'FunctionTimeout',
    outcome: 'timeout',
    errorType: 'Sandbox.Timedout',
  },
];

describe.each(drivers)('on the %s driver', (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let faas: RunningFaas;

  beforeAll(async () => {
    place = await workspace();
    const functions = Object.fromEntries(
      names.map((name) => [
        name,
        { source: behaviour(name), timeout: name === 'leak-memory' ? '30s' : '1s' },
      ]),
    );
    functions['measured'] = {
      source: behaviour('measured'),
      timeout: '10s',
      memory: 512,
    } as (typeof functions)[string];
    faas = await startFaas(place.folder, { functions }, ['--driver', driver]);
  });

  afterAll(async () => {
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
    await place[Symbol.asyncDispose]();
  });

  it.each(cases)('$function ($query) ends as $outcome, $status $code', async (expected) => {
    const url = `${faas.url}/${expected.function}?${expected.query ?? ''}`;
    const response = await fetch(url);
    const requestId = response.headers.get('x-faas-request-id');
    expect(await response.json()).toMatchObject({ error: { code: expected.code, requestId } });
    expect(response.status).toBe(expected.status);
    const record = await faas.record((one) => one.requestId === requestId);
    expect(record).toMatchObject({ outcome: expected.outcome, errorType: expected.errorType });
  });

  it.each(['exit-3', 'leak-memory'])('the call after %s is answered by a clean sandbox', async (name) => {
    const broken = await fetch(`${faas.url}/${name}`);
    const next = await fetch(`${faas.url}/${name}?fine=1`);
    expect([broken.status, next.status, await next.text()]).toEqual([502, 200, 'fine']);
    expect(next.headers.get('x-faas-instance')).not.toBe(broken.headers.get('x-faas-instance'));
  });

  it('no child outlives the sandbox it was started in', async () => {
    expect((await fetch(`${faas.url}/leaves-children`)).status).toBe(200);
    await fetch(`${faas.url}/leaves-children?exit=1`);
    await expect
      .poll(async () => (await liveInstances(faas)).filter((one) => one.function === 'leaves-children'))
      .toEqual([]);
    const left = leftovers(faas.dataDir).filter((one) => one.includes('setInterval'));
    expect(left).toEqual([]);
  });

  it('every figure of a record is measured', async () => {
    const cold = await callMeasured(faas);
    const warm = await callMeasured(faas);
    expect(cold).toMatchObject({ coldReason: 'first', memoryMb: 512 });
    expect(['cold', 'prewarmed']).toContain(cold.start);
    expect(cold.phases.initMs).toBeGreaterThanOrEqual(250);
    for (const record of [cold, warm]) {
      expect(record.durationMs).toBeGreaterThanOrEqual(39.5);
      expect(record.phases.handlerMs).toBe(record.durationMs);
      expect(record.maxMemoryMb).toBeGreaterThan(200);
      expect(record.maxMemoryMb).toBeLessThan(512);
      expect(record.cpuMs).toBeGreaterThanOrEqual(0);
    }
    expect(cold.billedMs).toBe(Math.ceil(cold.durationMs + (cold.phases.initMs ?? 0)));
    expect(warm).toMatchObject({ start: 'warm', billedMs: Math.ceil(warm.durationMs), coldStartMs: 0 });
  });
});

async function callMeasured(faas: RunningFaas) {
  const response = await fetch(`${faas.url}/measured`);
  expect(await response.text()).toBe(String(200 * 1024 * 1024));
  const requestId = response.headers.get('x-faas-request-id');
  return faas.record((one) => one.requestId === requestId);
}

async function liveInstances(faas: RunningFaas): Promise<{ function: string; state: string }[]> {
  const response = await faas.admin('/api/instances');
  const { instances } = (await response.json()) as { instances: { function: string; state: string }[] };
  return instances;
}
