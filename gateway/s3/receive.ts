/** Reads a body as its plan says: framing off, everything that was promised verified, constant memory. */
import { createHash } from 'node:crypto';
import { AwsError } from '../aws/errors.ts';
import { createChunkedDecoder } from './aws-chunked.ts';
import { invalidChecksum } from './body-plan.ts';
import type { BodyPlan } from './body-plan.ts';
import { checksumHeader, isChecksumValue, startChecksum } from './checksums.ts';
import type { Checksum } from './checksums.ts';

export interface Received {
  size: number;
  /** Hex. */
  md5: string;
  checksum: Checksum | undefined;
}

/**
 * Hands the payload to `write`, awaiting it for back-pressure. Resolves when the body was complete and
 * every hash held; rejects otherwise, and then what was written must be thrown away.
 */
export async function receive(
  source: AsyncIterable<Uint8Array>,
  plan: BodyPlan,
  write: (chunk: Uint8Array) => Promise<void> | void,
): Promise<Received> {
  const decoder = plan.chunked && createChunkedDecoder(plan.chunked);
  const md5 = createHash('md5');
  const sha256 = plan.sha256 === undefined ? undefined : createHash('sha256');
  const checksum = plan.checksum && startChecksum(plan.checksum.algorithm);
  let size = 0;

  const take = async (chunk: Uint8Array): Promise<void> => {
    size += chunk.length;
    md5.update(chunk);
    sha256?.update(chunk);
    checksum?.update(chunk);
    await write(chunk);
  };
  for await (const chunk of source) {
    if (decoder) for (const payload of decoder.push(chunk)) await take(payload);
    else await take(chunk);
  }
  const trailers = decoder?.finish();

  if (plan.length !== undefined && size !== plan.length) throw new AwsError('IncompleteBody');
  if (sha256 && sha256.digest('hex') !== plan.sha256) throw new AwsError('XAmzContentSHA256Mismatch');
  const md5Hex = md5.digest('hex');
  if (plan.md5 !== undefined && md5Hex !== plan.md5) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  return { size, md5: md5Hex, checksum: await checkedChecksum(plan, await checksum?.digest(), trailers) };
}

/** The whole body in memory, for the XML documents of a few operations. */
export async function receiveText(
  source: AsyncIterable<Uint8Array>,
  plan: BodyPlan,
  maxBytes: number,
): Promise<string> {
  const tooBig = (): AwsError => new AwsError('MaxMessageLengthExceeded');
  if ((plan.length ?? 0) > maxBytes) throw tooBig();
  const chunks: Uint8Array[] = [];
  let size = 0;
  await receive(source, plan, (chunk) => {
    size += chunk.length;
    if (size > maxBytes) throw tooBig();
    chunks.push(chunk);
  });
  return Buffer.concat(chunks).toString('utf8');
}

async function checkedChecksum(
  { checksum }: BodyPlan,
  value: string | undefined,
  trailers: ReadonlyMap<string, string> | undefined,
): Promise<Checksum | undefined> {
  if (checksum === undefined || value === undefined) return undefined;
  const { algorithm, from } = checksum;
  const verified: Checksum = { algorithm, type: 'FULL_OBJECT', value };
  if (from === 'computed') return verified;
  const expected = 'header' in from ? from.header : trailers?.get(from.trailer);
  if (expected === undefined) {
    throw new AwsError('MalformedTrailerError', 'The trailer that x-amz-trailer announces is missing.');
  }
  if (!isChecksumValue(algorithm, expected)) throw invalidChecksum(checksumHeader(algorithm));
  if (expected !== value) {
    throw new AwsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return verified;
}
