import { describe, expect, test } from 'vitest';
import { nodeArguments } from '../../../runtime/sandbox/node-arguments.ts';

describe("V8's share of a function's memory", () => {
  test.each([
    [128, ['--max-semi-space-size=6', '--max-old-space-size=65']],
    [512, ['--max-semi-space-size=16', '--max-old-space-size=419']],
    [10_240, ['--max-semi-space-size=16', '--max-old-space-size=10147']],
    [64, ['--max-semi-space-size=3', '--max-old-space-size=32']],
  ])('of %i MB', (memoryMb, expected) => {
    expect(nodeArguments(memoryMb, {})).toEqual(expected);
  });

  test('is left to whoever sizes it by hand', () => {
    expect(nodeArguments(128, { NODE_OPTIONS: '--max-old-space-size=100' })).toEqual([]);
    expect(nodeArguments(128, { NODE_OPTIONS: '--no-warnings' })).toHaveLength(2);
  });
});
