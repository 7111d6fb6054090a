import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { errorOf, startEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'Contents' || name === 'CommonPrefixes',
});

async function fill(endpoint: Endpoint, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await endpoint.fetch(`/photos/${encodeURIComponent(key)}`, { method: 'PUT', body: 'x' });
  }
}

async function list(endpoint: Endpoint, query: string) {
  const answer = await endpoint.fetch(`/photos?${query}`);
  const result = parser.parse(await answer.text()).ListBucketResult;
  return {
    ...result,
    keys: (result.Contents ?? []).map(({ Key }: { Key: string }) => Key),
    groups: (result.CommonPrefixes ?? []).map(({ Prefix }: { Prefix: string }) => Prefix),
  };
}

test('keys come in the order of their UTF-8 bytes', async () => {
  await using endpoint = await startEndpoint();
  // In UTF-16, the order of JavaScript, the last two would change places.
  const keys = ['!', 'A', 'a', 'a b', 'a/', 'a//b', 'b', 'ä', '\uffee', '😀'];
  await fill(endpoint, keys.toReversed());
  expect((await list(endpoint, 'list-type=2')).keys).toEqual(keys);
});

test('a folder view groups by the delimiter, below the prefix only', async () => {
  await using endpoint = await startEndpoint();
  await fill(endpoint, ['top', 'a/1', 'a/2', 'a/b/3', 'a/b/4', 'c/5']);
  expect(await list(endpoint, 'list-type=2&delimiter=/')).toMatchObject({
    keys: ['top'],
    groups: ['a/', 'c/'],
  });
  expect(await list(endpoint, 'list-type=2&delimiter=/&prefix=a/')).toMatchObject({
    keys: ['a/1', 'a/2'],
    groups: ['a/b/'],
    KeyCount: '3',
  });
});

test.each(['list-type=2', 'list-type=1'])(
  'pages by %s cover everything once, groups included',
  async (type) => {
    await using endpoint = await startEndpoint();
    await fill(endpoint, ['a', 'b/1', 'b/2', 'c', 'd/1', 'e/1', 'e/2', 'f']);
    const version2 = type === 'list-type=2';
    const seen: string[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const query: string = version2
        ? `list-type=2${next && `&continuation-token=${next}`}`
        : `marker=${next}`;
      const page = await list(endpoint, `${query}&max-keys=2&delimiter=/`);
      seen.push(...page.keys, ...page.groups);
      expect(page.keys.length + page.groups.length).toBeLessThanOrEqual(2);
      expect(page.IsTruncated === 'true').toBe(
        (version2 ? page.NextContinuationToken : page.NextMarker) !== undefined,
      );
      next = version2 ? page.NextContinuationToken : page.NextMarker;
    }
    expect(seen.toSorted()).toEqual(['a', 'b/', 'c', 'd/', 'e/', 'f']);
  },
);

test('a token stays good while keys come and go', async () => {
  await using endpoint = await startEndpoint();
  await fill(endpoint, ['a', 'b', 'c', 'd']);
  const { NextContinuationToken: token } = await list(endpoint, 'list-type=2&max-keys=2');
  await fill(endpoint, ['a1', 'b1']);
  await endpoint.fetch('/photos/b', { method: 'DELETE' });
  await endpoint.fetch('/photos/c', { method: 'DELETE' });
  expect((await list(endpoint, `list-type=2&continuation-token=${token}`)).keys).toEqual(['b1', 'd']);
});

test('encoding-type=url encodes keys, prefixes and the delimiter, and only when asked', async () => {
  await using endpoint = await startEndpoint();
  await fill(endpoint, ['a b+ü/1', 'a b+ü/2/3', 'a\u0001']);
  const prefix = encodeURIComponent('a b+ü/');
  const encoded = await list(endpoint, `list-type=2&encoding-type=url&prefix=${prefix}&delimiter=/`);
  expect(encoded).toMatchObject({
    Prefix: 'a+b%2B%C3%BC/',
    EncodingType: 'url',
    keys: ['a+b%2B%C3%BC/1'],
    groups: ['a+b%2B%C3%BC/2/'],
  });
  const plain = await list(endpoint, `list-type=2&prefix=${prefix}`);
  expect(plain).toMatchObject({ Prefix: 'a b+ü/', keys: ['a b+ü/1', 'a b+ü/2/3'] });
  expect(plain).not.toHaveProperty('EncodingType');
  expect((await list(endpoint, 'list-type=2&encoding-type=url')).keys).toContain('a%01');
});

test('start-after begins behind a key, and fetch-owner tells the owner', async () => {
  await using endpoint = await startEndpoint();
  await fill(endpoint, ['a', 'b', 'c']);
  const listing = await list(endpoint, 'list-type=2&start-after=a&fetch-owner=true');
  expect(listing.keys).toEqual(['b', 'c']);
  expect(listing.Contents[0].Owner.ID).toBe('faas');
  expect((await list(endpoint, 'list-type=2')).Contents[0]).not.toHaveProperty('Owner');
});

test('max-keys=0 is an empty page that is complete', async () => {
  await using endpoint = await startEndpoint();
  await fill(endpoint, ['a']);
  expect(await list(endpoint, 'list-type=2&max-keys=0')).toMatchObject({ keys: [], IsTruncated: 'false' });
});

describe('refused', () => {
  test.each([
    'list-type=2&max-keys=-1',
    'list-type=2&max-keys=many',
    'list-type=2&encoding-type=base64',
    'list-type=2&continuation-token=rubbish',
    'list-type=3',
  ])('%s', async (query) => {
    await using endpoint = await startEndpoint();
    expect(await errorOf(await endpoint.fetch(`/photos?${query}`))).toBe('400 InvalidArgument');
  });
});
