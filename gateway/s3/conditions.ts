/** If-Match and its kin, for reads, copies and writes. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';

/** What conditions are about. */
export interface Validators {
  /** Without quotes. */
  etag: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
}

export interface Conditions {
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  ifModifiedSince: number | undefined;
  ifUnmodifiedSince: number | undefined;
}

/** `prefix` is '' for a request's own conditions, `x-amz-copy-source-` for those on the source of a copy. */
export function readConditions(headers: IncomingHttpHeaders, prefix = ''): Conditions {
  const text = (name: string): string | undefined => {
    const value = headers[prefix + name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    ifMatch: text('if-match'),
    ifNoneMatch: text('if-none-match'),
    ifModifiedSince: readDate(text('if-modified-since')),
    ifUnmodifiedSince: readDate(text('if-unmodified-since')),
  };
}

/**
 * What a read ends in: a true If-Match outranks If-Unmodified-Since, and If-None-Match outranks
 * If-Modified-Since (RFC 9110, 13.2.2).
 */
export function checkRead(conditions: Conditions, object: Validators): 'proceed' | 'not-modified' | 'failed' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) return 'failed';
  } else if (ifUnmodifiedSince !== undefined && seconds(object.modifiedAt) > ifUnmodifiedSince) {
    return 'failed';
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? 'not-modified' : 'proceed';
  if (ifModifiedSince !== undefined && seconds(object.modifiedAt) <= ifModifiedSince) return 'not-modified';
  return 'proceed';
}

/** Most writes have no conditions: then the object that is there need not be looked up. */
export const hasWriteConditions = ({ ifMatch, ifNoneMatch }: Conditions): boolean =>
  ifMatch !== undefined || ifNoneMatch !== undefined;

/** Throws unless `current`, what the write would replace, is as the client expects. */
export function checkWrite({ ifMatch, ifNoneMatch }: Conditions, current: Validators | undefined): void {
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new AwsError('NotImplemented', undefined, { Header: 'If-None-Match' });
  }
  if (ifNoneMatch !== undefined && current) {
    throw new AwsError('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  }
  if (ifMatch === undefined) return;
  if (!current) throw new AwsError('NoSuchKey');
  if (!matches(ifMatch, current.etag)) {
    throw new AwsError('PreconditionFailed', undefined, { Condition: 'If-Match' });
  }
}

/** `If-Match` and its kin on a deletion, as text. */
export interface DeleteConditions {
  etag: string | undefined;
  modifiedAt: string | undefined;
  size: string | undefined;
}

/** Throws unless what is to be deleted is as the client expects; nothing at all meets no expectation. */
export function checkDelete(
  { etag, modifiedAt, size }: DeleteConditions,
  current: (Partial<Pick<Validators, 'etag'>> & { modifiedAt: number; size?: number }) | undefined,
): void {
  if (etag === undefined && modifiedAt === undefined && size === undefined) return;
  if (!current) throw new AwsError('NoSuchKey');
  const holds =
    (etag === undefined || (current.etag !== undefined && matches(etag, current.etag))) &&
    (modifiedAt === undefined || seconds(current.modifiedAt) === readDate(modifiedAt)) &&
    (size === undefined || current.size === Number(size));
  if (!holds) throw new AwsError('PreconditionFailed', undefined, { Condition: 'If-Match' });
}

/** Clients send entity tags with and without quotes, and lists of them. */
function matches(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    const tag = part.trim().replace(/^W\//, '').replace(/^"|"$/g, '');
    return tag === '*' || tag === etag;
  });
}

/** Dates in headers have no milliseconds. */
const seconds = (epochMs: number): number => Math.floor(epochMs / 1000) * 1000;

/** Undefined for what is no date: such a condition is ignored (RFC 9110, 13.1.3). */
function readDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
