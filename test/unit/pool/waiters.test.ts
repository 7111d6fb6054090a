import { describe, expect, it } from 'vitest';
import { Waiters } from '../../../runtime/pool/waiters.ts';

describe('the line', () => {
  it('serves in order of arrival, with what the first one asked for', async () => {
    const line = new Waiters<string, string>();
    const first = line.join('a');
    const second = line.join('b');
    line.serve((ticket) => `${ticket}1`);
    line.serve((ticket) => `${ticket}2`);
    expect(await Promise.all([first, second])).toEqual(['a1', 'b2']);
  });

  it('says when nobody waits', () => {
    const line = new Waiters<string, string>();
    expect(line.serve(() => 'x')).toBe(false);
    expect(line.fail(new Error('x'))).toBe(false);
  });

  it('lets someone in the middle leave without disturbing the rest', async () => {
    const line = new Waiters<string, string>();
    const leaving = new AbortController();
    const first = line.join('a');
    const second = line.join('b', leaving.signal);
    const third = line.join('c');
    leaving.abort();
    await expect(second).rejects.toMatchObject({ code: 'Cancelled' });
    expect(line.size).toBe(2);
    line.serve((ticket) => ticket);
    line.serve((ticket) => ticket);
    expect(await Promise.all([first, third])).toEqual(['a', 'c']);
  });

  it('turns away who has left before joining', async () => {
    const line = new Waiters<string, string>();
    await expect(line.join('a', AbortSignal.abort())).rejects.toMatchObject({ code: 'Cancelled' });
    expect(line.size).toBe(0);
  });

  it('does not take back a place that was served before the caller left', async () => {
    const line = new Waiters<string, string>();
    const leaving = new AbortController();
    const served = line.join('a', leaving.signal);
    line.serve((ticket) => ticket);
    leaving.abort();
    expect(await served).toBe('a');
  });
});
