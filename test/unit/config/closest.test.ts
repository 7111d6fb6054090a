import { expect, test } from 'vitest';
import { closest } from '../../../runtime/config/closest.ts';

test.each([
  ['tmeout', ['timeout', 'tmp', 'idleTimeout'], 'timeout'],
  ['TIMEOUT', ['timeout'], 'timeout'],
  ['dockr', ['auto', 'docker', 'process'], 'docker'],
  ['prot', ['port', 'host'], 'port'],
  ['GTE', ['GET', 'PUT'], 'GET'],
  ['concurency', ['concurrency', 'credentials'], 'concurrency'],
  ['', ['port'], undefined],
  ['banana', ['port', 'host', 'memory'], undefined],
  ['xyz', [], undefined],
])('%s among %j is %s', (word, known, meant) => {
  expect(closest(word, known)).toBe(meant);
});
