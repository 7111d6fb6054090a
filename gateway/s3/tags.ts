/** Tags of objects and buckets: their documents, their header and their limits. Pure. */
import { AwsError } from '../aws/errors.ts';
import { parseQuery } from '../aws/uri.ts';
import { parseXml } from './xml.ts';
import type { XmlContent, XmlNode } from './xml.ts';

export interface Tag {
  key: string;
  value: string;
}

export const MAX_OBJECT_TAGS = 10;
export const MAX_BUCKET_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

/** A Tagging document. Throws InvalidTag or MalformedXML. */
export function readTagDocument(document: string, limit: number): Tag[] {
  const [set] = parseXml(document, 'Tagging').children('TagSet');
  if (!set) throw new AwsError('MalformedXML');
  return readTagSet(set, limit);
}

/** The same without the document around it. */
export function readTagSet(set: XmlNode, limit: number): Tag[] {
  const tags = set.children('Tag').map((node) => {
    const key = node.text('Key');
    const value = node.text('Value');
    if (key === undefined || value === undefined) throw new AwsError('MalformedXML');
    return { key, value };
  });
  return checkTags(tags, limit);
}

/** `x-amz-tagging`: written as a query, whose order means nothing; by name. */
export function readTagHeader(header: string | undefined): Tag[] {
  if (header === undefined) return [];
  const tags = parseQuery(header).pairs.map(([key, value]) => ({ key, value }));
  if (tags.some(({ key }) => isReserved(key))) throw invalid('Your TagKey cannot be prefixed with aws:');
  return checkTags(tags, MAX_OBJECT_TAGS).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export const tagDocument = (tags: readonly Tag[]): XmlContent => ({
  TagSet: { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) },
});

function checkTags(tags: Tag[], limit: number): Tag[] {
  if (tags.length > limit) throw invalid(`At most ${limit} tags are allowed`);
  const seen = new Set<string>();
  for (const { key, value } of tags) {
    if (key === '' || key.length > MAX_KEY_LENGTH) throw invalid('The TagKey you have provided is invalid');
    if (value.length > MAX_VALUE_LENGTH) throw invalid('The TagValue you have provided is invalid');
    if (isReserved(key)) throw invalid('System tags cannot be added/updated by requester');
    if (seen.has(key)) throw invalid('Cannot provide multiple Tags with the same key');
    seen.add(key);
  }
  return tags;
}

const isReserved = (key: string): boolean => /^aws:/i.test(key);

const invalid = (message: string): AwsError => new AwsError('InvalidTag', message);
