import type { S3Trigger } from '../core/types.ts';
import { closest } from './closest.ts';
import { mistake, parsed } from './parsed.ts';
import type { Parsed } from './parsed.ts';

/** Every event S3 can notify of, by family; families without members stand for themselves. */
const EVENT_FAMILIES: Record<string, readonly string[]> = {
  ObjectCreated: ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'],
  ObjectRemoved: ['Delete', 'DeleteMarkerCreated'],
  ObjectTagging: ['Put', 'Delete'],
  ObjectAcl: ['Put'],
  ObjectRestore: ['Post', 'Completed', 'Delete'],
  Replication: [
    'OperationFailedReplication',
    'OperationMissedThreshold',
    'OperationReplicatedAfterThreshold',
    'OperationNotTracked',
  ],
  LifecycleExpiration: ['Delete', 'DeleteMarkerCreated'],
  LifecycleTransition: [],
  IntelligentTiering: [],
  ReducedRedundancyLostObject: [],
};

/** Every pattern a trigger may name, without the `s3:` prefix. */
export const S3_EVENT_PATTERNS: readonly string[] = Object.entries(EVENT_FAMILIES).flatMap(
  ([family, members]) =>
    members.length === 0 ? [family] : [`${family}:*`, ...members.map((member) => `${family}:${member}`)],
);

export const DEFAULT_S3_EVENTS = ['ObjectCreated:*'];
export const S3_EVENT_EXPECTED =
  "S3 event names such as 'ObjectCreated:*', 'ObjectCreated:Put' or 'ObjectRemoved:*'";
export const BUCKET_EXPECTED =
  'a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit';
export const S3_FLAG_EXPECTED =
  "'bucket[:event[:prefix[:suffix]]]', such as 'photos', 'photos:ObjectCreated:*' or 'photos:ObjectCreated:Put:in/:.jpg'";

interface S3TriggerParts {
  bucket: string;
  events?: readonly string[] | undefined;
  prefix?: string | undefined;
  suffix?: string | undefined;
}

/** Reads a trigger in parts, or in the short form of the `--s3` flag. */
export function parseS3Trigger(input: string | S3TriggerParts): Parsed<S3Trigger> {
  const parts = typeof input === 'string' ? splitShortForm(input) : parsed(input);
  if (!parts.ok) return parts;
  const { bucket, events = DEFAULT_S3_EVENTS, prefix = '', suffix = '' } = parts.value;
  if (!isBucketName(bucket)) return mistake(BUCKET_EXPECTED, { got: `'${bucket}'` });
  if (events.length === 0) return mistake(S3_EVENT_EXPECTED, { got: 'an empty list' });
  const patterns = new Set<string>();
  for (const event of events) {
    const read = parseS3Event(event);
    if (!read.ok) return read;
    patterns.add(read.value);
  }
  return parsed({ type: 's3', bucket, events: [...patterns], prefix, suffix });
}

/** `s3:ObjectCreated:Put` or `ObjectCreated:Put` as the latter; a bare family means all of it. */
export function parseS3Event(text: string): Parsed<string> {
  const name = text.replace(/^s3:/, '');
  const pattern = S3_EVENT_PATTERNS.includes(name) ? name : `${name}:*`;
  if (S3_EVENT_PATTERNS.includes(pattern)) return parsed(pattern);
  const meant = closest(name, S3_EVENT_PATTERNS);
  return mistake(S3_EVENT_EXPECTED, {
    got: `'${text}'`,
    ...(meant && { remedy: `did you mean '${meant}'?` }),
  });
}

/** The rules of S3 for general purpose buckets. */
export function isBucketName(name: string): boolean {
  if (!/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(name)) return false;
  return !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name) && !/^xn--|-s3alias$/.test(name);
}

/** The colon that separates the parts also stands inside an event's name, so the event is read by its family. */
function splitShortForm(text: string): Parsed<S3TriggerParts> {
  const [bucket = '', ...words] = text.split(':');
  if (words[0] === 's3') words.shift();
  const [family, member] = words;
  if (family === undefined) return parsed({ bucket });
  const rest = words.slice(isMember(family, member) ? 2 : 1);
  if (rest.length > 2) {
    return mistake(S3_FLAG_EXPECTED, {
      remedy: 'put a prefix or suffix that holds a colon into the config file',
    });
  }
  if (family !== '' && !Object.hasOwn(EVENT_FAMILIES, family)) {
    const event = parseS3Event(family);
    const remedy = event.ok ? undefined : event.problem.remedy;
    return mistake(S3_FLAG_EXPECTED, {
      remedy: remedy ?? `write '${bucket}::${family}' to leave the event out and give a prefix`,
    });
  }
  const event = isMember(family, member) ? `${family}:${member}` : family;
  const [prefix, suffix] = rest;
  return parsed({ bucket, ...(event && { events: [event] }), prefix, suffix });
}

const isMember = (family: string, member: string | undefined): boolean =>
  member !== undefined && S3_EVENT_PATTERNS.includes(`${family}:${member}`);
