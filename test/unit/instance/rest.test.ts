import { expect, test } from 'vitest';
import { Rest } from '../../../runtime/instance/rest.ts';
import { createFakeDriver } from '../../../runtime/sandbox/fake.ts';
import { spec } from '../../contract/harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const resting = async (failures: number) => {
  const clock = new FakeClock();
  let left = failures;
  const driver = createFakeDriver({
    clock,
    fails: (step) => (step === 'freeze' && left-- > 0 ? new Error('busy') : undefined),
  });
  await driver.create(spec());
  const [sandbox] = driver.sandboxes;
  if (!sandbox) throw new Error('no sandbox');
  const seen: string[] = [];
  const rest = new Rest(
    clock,
    sandbox,
    { freezeMs: 100, idleTimeoutMs: 60_000 },
    { froze: () => seen.push('froze'), expired: () => seen.push('expired') },
  );
  rest.begin();
  return { clock, sandbox, seen, rest };
};

test('a freeze that fails is tried again', async () => {
  const { clock, sandbox, seen } = await resting(2);
  await clock.advance(100);
  expect([sandbox.isFrozen, seen]).toEqual([false, []]);
  await clock.advance(2_000);
  expect([sandbox.isFrozen, seen]).toEqual([true, ['froze']]);
});

test('a freeze that failed is not tried again once work has come', async () => {
  const { clock, sandbox, seen, rest } = await resting(1);
  await clock.advance(100);
  expect(rest.end()).toBeUndefined();
  await clock.advance(5_000);
  expect([sandbox.isFrozen, seen]).toEqual([false, []]);
});
