import { expect, test } from 'vitest';
import { MAX_OBJECT_TAGS, readTagDocument, readTagHeader, tagDocument } from '../../../gateway/s3/tags.ts';
import { buildXml } from '../../../gateway/s3/xml.ts';

test('a document is read as it was written, white space and markup included', () => {
  const tags = [
    { key: ' a ', value: '' },
    { key: '<b>', value: 'ü & "c"' },
  ];
  expect(readTagDocument(buildXml('Tagging', tagDocument(tags)), MAX_OBJECT_TAGS)).toEqual(tags);
});

test('a header is written as a query', () => {
  expect(readTagHeader('a=1&b=&c=d%26e+f')).toEqual([
    { key: 'a', value: '1' },
    { key: 'b', value: '' },
    { key: 'c', value: 'd&e f' },
  ]);
  expect(readTagHeader(undefined)).toEqual([]);
});

test.each([
  ['a key too many', Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&')],
  ['a key too long', `${'k'.repeat(129)}=v`],
  ['a value too long', `k=${'v'.repeat(257)}`],
  ['no key', '=v'],
  ['a key twice', 'k=1&k=2'],
  ["a key of the system's", 'aws:k=v'],
])('%s is refused', (_name, text) => {
  expect(() => readTagHeader(text)).toThrow(expect.objectContaining({ code: 'InvalidTag' }));
});
