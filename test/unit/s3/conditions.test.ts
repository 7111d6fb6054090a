import { expect, test } from 'vitest';
import { checkRead, checkWrite, readConditions } from '../../../gateway/s3/conditions.ts';
import { parseRange } from '../../../gateway/s3/range.ts';

const MODIFIED = Date.parse('2026-11-01T12:00:00.789Z');
const OBJECT = { etag: 'abc', modifiedAt: MODIFIED };
const [BEFORE, SAME, AFTER] = [-1000, 0, 1000].map((off) => new Date(MODIFIED + off).toUTCString()) as [
  string,
  string,
  string,
];

test.each<[Record<string, string>, string]>([
  [{}, 'proceed'],
  [{ 'if-match': '"abc"' }, 'proceed'],
  [{ 'if-match': 'abc' }, 'proceed'],
  [{ 'if-match': '"x", "abc"' }, 'proceed'],
  [{ 'if-match': '*' }, 'proceed'],
  [{ 'if-match': '"x"' }, 'failed'],
  [{ 'if-none-match': '"abc"' }, 'not-modified'],
  [{ 'if-none-match': 'W/"abc"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"x"' }, 'proceed'],
  [{ 'if-modified-since': BEFORE }, 'proceed'],
  [{ 'if-modified-since': SAME }, 'not-modified'],
  [{ 'if-modified-since': AFTER }, 'not-modified'],
  [{ 'if-modified-since': 'never' }, 'proceed'],
  [{ 'if-unmodified-since': BEFORE }, 'failed'],
  [{ 'if-unmodified-since': SAME }, 'proceed'],
  [{ 'if-match': '"abc"', 'if-unmodified-since': BEFORE }, 'proceed'],
  [{ 'if-match': '"x"', 'if-unmodified-since': AFTER }, 'failed'],
  [{ 'if-none-match': '"x"', 'if-modified-since': AFTER }, 'proceed'],
  [{ 'if-none-match': '"abc"', 'if-modified-since': BEFORE }, 'not-modified'],
])('a read with %o ends in: %s', (headers, outcome) => {
  expect(checkRead(readConditions(headers), OBJECT)).toBe(outcome);
});

test('conditions on a copy source are those with its prefix', () => {
  const headers = { 'x-amz-copy-source-if-match': '"x"', 'if-match': '"abc"' };
  expect(checkRead(readConditions(headers, 'x-amz-copy-source-'), OBJECT)).toBe('failed');
});

test.each<[Record<string, string>, boolean, string]>([
  [{}, true, 'done'],
  [{ 'if-none-match': '*' }, false, 'done'],
  [{ 'if-none-match': '*' }, true, 'PreconditionFailed'],
  [{ 'if-none-match': '"abc"' }, true, 'NotImplemented'],
  [{ 'if-match': '"abc"' }, true, 'done'],
  [{ 'if-match': 'abc' }, true, 'done'],
  [{ 'if-match': '*' }, true, 'done'],
  [{ 'if-match': '"x"' }, true, 'PreconditionFailed'],
  [{ 'if-match': '"abc"' }, false, 'NoSuchKey'],
  [{ 'if-match': '*' }, false, 'NoSuchKey'],
])('a write with %o, object there: %s, ends in: %s', (headers, exists, outcome) => {
  let result = 'done';
  try {
    checkWrite(readConditions(headers), exists ? OBJECT : undefined);
  } catch (error) {
    result = Reflect.get(error as object, 'code') as string;
  }
  expect(result).toBe(outcome);
});

test.each<[string | undefined, number, unknown]>([
  ['bytes=0-0', 10, { first: 0, end: 1 }],
  ['bytes=2-5', 10, { first: 2, end: 6 }],
  ['bytes=5-', 10, { first: 5, end: 10 }],
  ['bytes=5-99', 10, { first: 5, end: 10 }],
  ['bytes=-3', 10, { first: 7, end: 10 }],
  ['bytes=-99', 10, { first: 0, end: 10 }],
  [undefined, 10, undefined],
  ['bytes=5-2', 10, undefined],
  ['bytes=a-b', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['lines=0-1', 10, undefined],
])('the range %s of %i bytes is %o', (header, size, range) => {
  expect(parseRange(header, size)).toEqual(range);
});

test.each([
  ['bytes=10-', 10],
  ['bytes=10-20', 10],
  ['bytes=-0', 10],
  ['bytes=0-0', 0],
  ['bytes=-5', 0],
])('the range %s of %i bytes cannot be satisfied', (header, size) => {
  expect(() => parseRange(header, size)).toThrow(/range/);
});
