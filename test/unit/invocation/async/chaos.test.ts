import { describe, expect, it } from 'vitest';
import { withChaos } from '../../../../runtime/invocation/async/chaos.ts';
import { makeEvent } from '../../store/harness.ts';

const event = makeEvent({ orderKey: 'photos/a' });
const always = (value: number) => () => value;

describe('chaos', () => {
  it('changes nothing when it is off', () => {
    expect(withChaos(event, [], always(0))).toEqual([event]);
  });

  it('duplicates some events, each copy an invocation of its own', () => {
    const copies = withChaos(event, ['duplicate'], always(0.1));
    expect(copies).toHaveLength(2);
    expect(new Set(copies.map(({ requestId }) => requestId)).size).toBe(2);
    expect(copies.map(({ payload, orderKey }) => [payload, orderKey])).toEqual([
      [event.payload, 'photos/a'],
      [event.payload, 'photos/a'],
    ]);
    expect(withChaos(event, ['duplicate'], always(0.9))).toHaveLength(1);
  });

  it('delays by up to five seconds', () => {
    expect(withChaos(event, ['delay'], always(0.5))).toEqual([{ ...event, delayMs: 2500 }]);
  });

  it('reorders by delaying a little and by lifting the order of the key', () => {
    expect(withChaos(event, ['reorder'], always(0.5))).toEqual([{ ...event, delayMs: 250, orderKey: null }]);
  });
});
