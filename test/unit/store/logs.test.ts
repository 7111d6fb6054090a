import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import { createLogStore } from '../../../runtime/store/logs.ts';
import type { LogFilter } from '../../../runtime/store/store.ts';
import { openConnection } from '../../../runtime/store/connection.ts';
import { join } from 'node:path';
import { makeLine, manualClock, openTestStore } from './harness.ts';

describe('log store', () => {
  it('gives lines back as they were, in their order, with growing ids', () => {
    const { store } = openTestStore();
    const lines = [
      makeLine({ line: 'naïve ☃ \u001b[31m end' }),
      makeLine({ instance: null, requestId: 'r1', stream: 'system', level: null, line: '' }),
    ];
    for (const line of lines) store.logs.append(line);
    expect(store.logs.lines()).toEqual(lines.map((line, i) => ({ ...line, id: i + 1 })));
  });

  const filters: [string, LogFilter, string[]][] = [
    ['everything', {}, ['a', 'b', 'c', 'd']],
    ['the latest two, oldest of them first', { limit: 2 }, ['c', 'd']],
    ['one function', { function: 'resize' }, ['b', 'd']],
    ['since a time', { since: 3 }, ['c', 'd']],
    ['one request', { requestId: 'r' }, ['b']],
    ['after an id', { afterId: 2 }, ['c', 'd']],
    ['the next one after an id', { afterId: 1, limit: 1 }, ['b']],
    ['nothing new', { afterId: 4 }, []],
  ];
  it.each(filters)('reads %s', (_, filter, expected) => {
    const { store } = openTestStore();
    store.logs.append(makeLine({ at: 1, line: 'a' }));
    store.logs.append(makeLine({ at: 2, line: 'b', function: 'resize', requestId: 'r' }));
    store.logs.append(makeLine({ at: 3, line: 'c' }));
    store.logs.append(makeLine({ at: 4, line: 'd', function: 'resize' }));
    expect(store.logs.lines(filter).map((line) => line.line)).toEqual(expected);
  });

  it('writes after 100 ms, or at once when a megabyte is held', () => {
    const { store, clock } = openTestStore();
    const count = () => store.database.prepare('SELECT count(*) AS n FROM log_lines').get();
    store.logs.append(makeLine());
    clock.advance(100);
    expect(count()).toEqual({ n: 1 });
    store.logs.append(makeLine({ line: 'x'.repeat(1024 * 1024) }));
    expect(count()).toEqual({ n: 2 });
  });

  it.each([
    ['lines', { lines: 3000, bytes: Infinity }, 3000, 5000],
    ['bytes', { lines: Infinity, bytes: 250 * 3000 }, 3000, 5000],
  ])('keeps the newest %s and not much more', (_, kept, least, most) => {
    const { store, dataDir } = openTestStore();
    store.close();
    const connection = openConnection(join(dataDir, 'faas.db'));
    const logs = createLogStore(connection, { clock: manualClock(), log: silentLogger }, kept);
    for (let i = 0; i < 9_000; i += 1) logs.append(makeLine({ line: `${i}`.padEnd(100) }));
    const lines = logs.lines();
    expect(lines.length).toBeGreaterThanOrEqual(least - 1);
    expect(lines.length).toBeLessThanOrEqual(most);
    expect(lines.at(-1)?.line.trim()).toBe('8999');
    logs.close();
    connection.close();
  });
});
