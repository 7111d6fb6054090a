import { expect, test } from 'vitest';
import { duplicateKeys } from '../../../runtime/config/duplicate-keys.ts';

test.each<[string, string, { key: string; line: number; firstLine: number }[]]>([
  [
    'two functions of one name',
    '{ functions: {\n  a: { source: 1 },\n  a: { source: 2 },\n} }',
    [{ key: 'a', firstLine: 2, line: 3 }],
  ],
  ['a quoted and a bare key', `{ 'a': 1,\n"b": 2,\na: 3 }`, [{ key: 'a', firstLine: 1, line: 3 }]],
  ['JSON', '{"functions":{"a":{},\n"a":{}}}', [{ key: 'a', firstLine: 1, line: 2 }]],
  [
    'comments between',
    '{ a: 1, // {\n /* a: 2, \n */ b: 2, a /* x */ : 3 }',
    [{ key: 'a', firstLine: 1, line: 3 }],
  ],
  [
    'after a nested object',
    '{ a: { x: [1, 2] },\n b: 1,\n a: f({ a: 1 }) }',
    [{ key: 'a', firstLine: 1, line: 3 }],
  ],
])('%s is found', (_, text, found) => {
  expect(duplicateKeys(text)).toEqual(found);
});

test.each([
  ['the same key in two objects', '{ a: { x: 1 }, b: { x: 2 } }'],
  ['keys in texts', `{ a: 'b: 1, b: 2', c: "{ d: 1, d: 2 }", e: \`f: 1,\nf: 2\` }`],
  ['keys in comments', '{ a: 1, // a: 2\n/* a: 3, */ b: 1 }'],
  ['a conditional', '{ a: x ? b : c, d: x ? b : c }'],
  ['spreads and shorthands', '{ ...base, a, b, ...other, c: 1 }'],
  ['arguments and lists', 'f(a, b); const [a, b] = [a, b]; g({ a: 1 }, { a: 1 })'],
  ['types', 'interface A { a: string; b: number } const x = (a: string, b: string): A => ({ a, b: 1 });'],
  ['an escaped quote', `{ a: 'it\\'s, b: 1', b: 2 }`],
  ['brackets that do not match', '}}} { a: 1 ]]]'],
])('%s is no duplicate', (_, text) => {
  expect(duplicateKeys(text)).toEqual([]);
});
