import { describe, expect, it } from 'vitest';
import type { FunctionSettings, S3Trigger } from '../../../../runtime/core/types.ts';
import { endsChain, recursionNotes } from '../../../../runtime/invocation/async/recursion.ts';
import { Running } from '../../../../runtime/invocation/running.ts';

describe('a chain of events', () => {
  it.each([
    [15, undefined, false],
    [16, undefined, true],
    [16, 'terminate', true],
    [500, 'allow', false],
  ] as const)('after %i invocations, recursion %s: ended %s', (depth, recursion, ended) => {
    expect(endsChain(depth, recursion && { recursion })).toBe(ended);
  });

  it('grows by one with each invocation that causes another', () => {
    const running = new Running();
    expect(running.begin('first', {}).depth).toBe(0);
    expect(running.begin('second', { parentRequestId: 'first' }).depth).toBe(1);
    expect(running.begin('event', { depth: 7, parentRequestId: 'long gone' }).depth).toBe(7);
    running.end('first');
    expect(running.get('first')).toBeUndefined();
    expect(running.begin('third', { parentRequestId: 'first' }).depth).toBe(0);
  });
});

describe('the warning at a deploy', () => {
  const notes = (trigger: Partial<S3Trigger>, recursion?: 'allow') =>
    recursionNotes({
      triggers: [
        { type: 's3', bucket: 'photos', events: ['ObjectCreated:*'], prefix: '', suffix: '', ...trigger },
      ],
      ...(recursion && { recursion }),
      // The other settings have no part in it.
    } as FunctionSettings);

  it('is for triggers on all of a bucket', () => {
    expect(notes({})).toEqual([expect.stringContaining('bucket photos has no prefix')]);
  });

  it.each([
    ['a prefix', notes({ prefix: 'in/' })],
    ['a suffix', notes({ suffix: '.jpg' })],
    ['removals only', notes({ events: ['ObjectRemoved:*'] })],
    ['recursion allowed', notes({}, 'allow')],
  ])('is not for %s', (_, none) => expect(none).toEqual([]));
});
