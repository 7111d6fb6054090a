import { describe, expect, it } from 'vitest';
import { FaasError } from '../../../runtime/core/errors.ts';
import { createLogger } from '../../../runtime/core/log.ts';
import { createWriteBehind } from '../../../runtime/store/write-behind.ts';
import { manualClock } from './harness.ts';

const SQLITE_FULL = new FaasError('StoreFailed', 'disk is full', {
  cause: Object.assign(new Error('database or disk is full'), { errcode: 13, errstr: 'full' }),
});

/** A buffer of numbers over a disk that can be told to fail. */
function setUp({ bound = 10 } = {}) {
  const clock = manualClock();
  const messages: string[] = [];
  const disk = {
    written: [] as number[],
    error: undefined as unknown,
    refused: -1,
    blocked: false,
    attempts: 0,
  };
  const buffer = createWriteBehind<number>({
    clock,
    log: createLogger('debug', (line) => messages.push(line)),
    what: 'numbers',
    delayMs: 100,
    bound,
    blocked: () => disk.blocked,
    write(items) {
      disk.attempts += 1;
      if (disk.error !== undefined) throw disk.error;
      if (items.includes(disk.refused)) throw new Error('NOT NULL constraint failed');
      disk.written.push(...items);
    },
  });
  const append = (...items: number[]) => {
    for (const item of items) buffer.append(item);
  };
  return { clock, messages, disk, buffer, append };
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('write-behind', () => {
  it('keeps what a full disk refuses and writes it in order when there is room again', () => {
    const { clock, messages, disk, append } = setUp();
    disk.error = SQLITE_FULL;
    append(1, 2);
    clock.advance(100);
    append(3);
    clock.advance(100);
    expect(disk.written).toEqual([]);
    disk.error = undefined;
    clock.advance(100);
    expect(disk.written).toEqual([1, 2, 3]);
    expect(messages).toEqual([
      expect.stringMatching(/numbers cannot be written, will try again: disk is full/),
      expect.stringMatching(/written again/),
    ]);
  });

  it('does not try at every append while the disk is full', () => {
    const { disk, append } = setUp();
    disk.error = SQLITE_FULL;
    append(...upTo(80));
    expect(disk.attempts).toBe(1);
  });

  it('gives up the oldest beyond ten times its bound, and says how many', () => {
    const { clock, messages, disk, append } = setUp();
    disk.error = SQLITE_FULL;
    append(...upTo(130));
    clock.advance(100);
    disk.error = undefined;
    clock.advance(100);
    expect(disk.written).toEqual(upTo(130).slice(30));
    expect(messages).toContainEqual(expect.stringMatching(/^error: 30 numbers were lost/));
  });

  it('loses only the item that is refused', () => {
    const { messages, disk, buffer, append } = setUp();
    disk.refused = 2;
    append(1, 2, 3);
    buffer.flush();
    expect(disk.written).toEqual([1, 3]);
    expect(messages).toEqual([expect.stringMatching(/one of the numbers was refused.*NOT NULL/)]);
  });

  it('writes nothing while it would join another transaction', () => {
    const { clock, disk, append } = setUp();
    disk.blocked = true;
    append(...upTo(15));
    clock.advance(100);
    expect(disk.written).toEqual([]);
    disk.blocked = false;
    clock.advance(100);
    expect(disk.written).toEqual(upTo(15));
  });

  it('writes the rest when it is closed, or says what is lost', () => {
    const { messages, disk, buffer, append } = setUp();
    append(1);
    buffer.close();
    expect(disk.written).toEqual([1]);
    disk.error = SQLITE_FULL;
    append(2, 3);
    buffer.close();
    expect(messages.at(-1)).toMatch(/2 numbers were lost/);
  });
});
