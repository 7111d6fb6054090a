import { describe, expect, it } from 'vitest';
import { Trail } from '../../../runtime/instance/trail.ts';

const upTo = (...states: ['booting' | 'initializing' | 'idle' | 'busy' | 'stopping', number][]): Trail => {
  const trail = new Trail(100);
  for (const [state, at] of states) trail.add(state, at);
  return trail;
};

describe("an instance's trail", () => {
  it('derives the phases from the stamps', () => {
    const trail = upTo(['booting', 140], ['initializing', 205], ['idle', 455], ['busy', 456]);
    expect(trail.phases()).toEqual({ provisionMs: 40, bootMs: 65, initMs: 250 });
  });

  it('ends the phase in which a start failed where stopping began, and has none after it', () => {
    expect(upTo(['booting', 140], ['stopping', 150]).phases()).toEqual({
      provisionMs: 40,
      bootMs: 10,
      initMs: null,
    });
  });

  it('does not grow with the number of calls, and keeps the first and the latest', () => {
    const trail = upTo(['booting', 101], ['initializing', 102], ['idle', 103]);
    for (let call = 0; call < 1000; call++) {
      trail.add('busy', 200 + call * 2);
      trail.add('idle', 201 + call * 2);
    }
    trail.add('stopping', 5000);
    expect(trail.stamps.map(({ state }) => state)).toEqual([
      'starting',
      'booting',
      'initializing',
      'idle',
      'busy',
      'idle',
      'stopping',
    ]);
    expect(trail.stamps.at(-2)).toEqual({ state: 'idle', at: 201 + 999 * 2 });
    expect(trail.phases().initMs).toBe(1);
  });
});
