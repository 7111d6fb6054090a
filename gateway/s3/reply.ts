/** Answers in S3's notation. */
import { FaasError } from '../../runtime/core/errors.ts';
import { AwsError } from '../aws/errors.ts';
import type { AwsReply } from '../aws/request.ts';
import { checksumHeader } from './checksums.ts';
import type { Checksum } from './checksums.ts';
import { randomBytesOf } from './random.ts';
import { buildBareXml, buildXml } from './xml.ts';
import type { XmlContent } from './xml.ts';

/** `x-amz-request-id` and `x-amz-id-2`: on every answer, and in the events a request causes. */
export interface ReplyIds {
  requestId: string;
  hostId: string;
}

export const newReplyIds = (): ReplyIds => ({
  requestId: randomBytesOf(8).toString('hex').toUpperCase(),
  hostId: randomBytesOf(42).toString('base64'),
});

const XML = { 'content-type': 'application/xml' };

export const xmlReply = (root: string, content: XmlContent, headers: AwsReply['headers'] = {}): AwsReply => ({
  status: 200,
  headers: { ...XML, ...headers },
  body: buildXml(root, content),
});

/** Completes an answer: its ids, and its length where it is known. */
export function finishReply({ status, headers, body }: AwsReply, ids: ReplyIds): AwsReply {
  const known = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    status,
    headers: {
      'x-amz-request-id': ids.requestId,
      'x-amz-id-2': ids.hostId,
      ...headers,
      // Last: node:http refuses letters beyond ASCII in a Content-Disposition that comes after the length.
      ...(known instanceof Uint8Array && { 'content-length': known.length }),
    },
    ...(known && { body: known }),
  };
}

/** HEAD answers have no body, errors included: the status is all a client gets. */
export function errorReply(error: AwsError, method: string, resource: string, ids: ReplyIds): AwsReply {
  const headers = { ...XML, ...error.headers };
  if (method === 'HEAD' || error.status === 304) return { status: error.status, headers };
  const { code, message, fields } = error;
  const content = { Code: code, Message: message, ...fields, Resource: resource };
  return {
    status: error.status,
    headers,
    body: buildBareXml('Error', { ...content, RequestId: ids.requestId, HostId: ids.hostId }),
  };
}

/** Any error as one that can be sent; what is not the client's doing is told apart by InternalError. */
export function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof FaasError && error.code === 'ShuttingDown') return new AwsError('ServiceUnavailable');
  return new AwsError('InternalError');
}

export const quoted = (etag: string): string => `"${etag}"`;
export const httpDate = (epochMs: number): string => new Date(epochMs).toUTCString();
export const xmlDate = (epochMs: number): string => new Date(epochMs).toISOString();

export const checksumHeaders = (checksum: Checksum | undefined): Record<string, string> =>
  checksum
    ? { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
    : {};

/** As elements of a result: `ChecksumCRC32` and `ChecksumType`. */
export const checksumElements = (checksum: Checksum | undefined): XmlContent =>
  checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};
