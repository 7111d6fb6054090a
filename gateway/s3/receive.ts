/** Reads a body as its plan says: framing off, everything that was promised verified, constant memory. */
import { release } from '../../runtime/core/release.ts';
import { AwsError } from '../aws/errors.ts';
import { createChunkedDecoder } from './aws-chunked.ts';
import { invalidChecksum } from './body-plan.ts';
import type { BodyPlan } from './body-plan.ts';
import { checksumHeader, isChecksumValue } from './checksums.ts';
import type { Checksum } from './checksums.ts';
import { startDigests } from './digests.ts';
import type { DigestValues } from './digests.ts';
import type { HashThreads } from './hash-threads.ts';
import { LargeBody } from './large-body.ts';

export interface Received {
  size: number;
  /** Hex. */
  md5: string;
  checksum: Checksum | undefined;
}

/** Where what is received goes. */
export interface Destination {
  /**
   * Resolves when it has done with the bytes. Where it returns nothing it keeps the chunk, which it only does with
   * small ones.
   */
  readonly write: (chunk: Uint8Array) => Promise<void> | void;
  /** Given where large bodies are hashed by other threads. */
  readonly hashThreads?: HashThreads;
}

/** From here on another thread is worth its messages. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Hands the payload to the destination, awaiting it for back-pressure. Resolves when the body was complete and
 * every hash held; rejects otherwise, and then what was written must be thrown away.
 */
export async function receive(
  source: AsyncIterable<Uint8Array>,
  plan: BodyPlan,
  destination: Destination,
): Promise<Received> {
  const decoder = plan.chunked && createChunkedDecoder(plan.chunked);
  const intake = createIntake(plan, destination);
  let size = 0;
  try {
    const take = (chunk: Uint8Array): Promise<void> | void => {
      size += chunk.length;
      return intake.take(chunk);
    };
    for await (const chunk of source) {
      if (decoder) for (const payload of decoder.push(chunk)) await take(payload);
      else await take(chunk);
      if (intake.copies) release([chunk]);
    }
    const trailers = decoder?.finish();

    if (plan.length !== undefined && size !== plan.length) throw new AwsError('IncompleteBody');
    const { md5, sha256, checksum } = await intake.finish();
    if (sha256 !== plan.sha256) throw new AwsError('XAmzContentSHA256Mismatch');
    if (plan.md5 !== undefined && md5 !== plan.md5) {
      throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    return { size, md5, checksum: checkedChecksum(plan, checksum, trailers) };
  } finally {
    await intake.release();
  }
}

/** Takes a body's bytes to where they are hashed and where they are kept. */
interface Intake {
  /** Nobody needs a chunk after it was taken. */
  readonly copies: boolean;
  take(chunk: Uint8Array): Promise<void> | void;
  finish(): Promise<DigestValues>;
  release(): Promise<void> | void;
}

function createIntake(plan: BodyPlan, { write, hashThreads }: Destination): Intake {
  const digestPlan = { sha256: plan.sha256 !== undefined, checksum: plan.checksum?.algorithm };
  const lane = (plan.length ?? 0) < LARGE_BYTES ? undefined : hashThreads?.begin(digestPlan);
  if (lane) return new LargeBody(lane, write);
  const digests = startDigests(digestPlan);
  return {
    copies: false,
    take(chunk) {
      digests.update(chunk);
      return write(chunk);
    },
    finish: () => digests.digest(),
    release: () => {},
  };
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
  await receive(source, plan, {
    write(chunk) {
      size += chunk.length;
      if (size > maxBytes) throw tooBig();
      chunks.push(chunk);
    },
  });
  return Buffer.concat(chunks).toString('utf8');
}

function checkedChecksum(
  { checksum }: BodyPlan,
  value: string | undefined,
  trailers: ReadonlyMap<string, string> | undefined,
): Checksum | undefined {
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
