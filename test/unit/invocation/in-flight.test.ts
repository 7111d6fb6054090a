import { expect, it } from 'vitest';
import { InFlight } from '../../../runtime/invocation/in-flight.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';

function stage() {
  const clock = new FakeClock();
  const inFlight = new InFlight();
  const work = Promise.withResolvers<string>();
  const tracked = inFlight.track(work.promise);
  let isDrained = false;
  const drain = (limitMs: number): void =>
    void inFlight.drained(clock, limitMs).then(() => (isDrained = true));
  return { clock, inFlight, work, tracked, drain, isDrained: () => isDrained };
}

it('a drain ends with the last call, failed or not', async () => {
  const { work, tracked, drain, isDrained } = stage();
  drain(10_000);
  await settled();
  expect(isDrained()).toBe(false);
  work.reject(new Error('no'));
  await expect(tracked).rejects.toThrow('no');
  await settled();
  expect(isDrained()).toBe(true);
});

it('at the latest after its limit, and sooner when a second call says so', async () => {
  const slow = stage();
  slow.drain(10_000);
  await slow.clock.advance(9_999);
  expect(slow.isDrained()).toBe(false);
  await slow.clock.advance(1);
  expect(slow.isDrained()).toBe(true);

  const forced = stage();
  forced.drain(10_000);
  await forced.clock.advance(100);
  forced.drain(0);
  await settled();
  expect(forced.isDrained()).toBe(true);
});

it('is over at once when nothing runs', async () => {
  const { clock } = stage();
  await expect(new InFlight().drained(clock, 10_000)).resolves.toBeUndefined();
});
