/**
 * Takes the `aws-chunked` framing off an upload: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`, a chunk of
 * size 0, then trailers. Incremental: any element may be split across network reads. What comes out must
 * not be trusted before `finish` returned, because signatures and lengths are known to hold only then.
 *
 * Source: "Signature calculations for the authorization header: Transferring payload in multiple chunks",
 * S3 API reference; the trailer variants after versity/versitygw#1664.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { hmacHex, sha256Hex } from '../aws/canonical.ts';
import { AwsError } from '../aws/errors.ts';
import { sameText } from '../aws/same-text.ts';
import type { SignatureChain } from '../aws/sigv4.ts';

export interface ChunkedOptions {
  /** Given when each chunk is signed. */
  chain?: SignatureChain;
  /** Trailers are expected (and, with `chain`, signed too). */
  trailer: boolean;
  /** `x-amz-decoded-content-length`. */
  decodedLength: number;
}

export interface ChunkedDecoder {
  /** The payload in `bytes`: slices of it, nothing is copied. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Call at the end of the body: the trailers, names in lower case; throws when anything is missing. */
  finish(): ReadonlyMap<string, string>;
}

const MAX_HEADER_LINE = 256;
const MAX_TRAILER_BYTES = 4096;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

type State =
  | { name: 'size' }
  | { name: 'data'; left: number }
  /** The line break after a chunk's bytes. */
  | { name: 'data-end' }
  | { name: 'trailer' };

export function createChunkedDecoder({ chain, trailer, decodedLength }: ChunkedOptions): ChunkedDecoder {
  const signatures = chain && createSignatureCheck(chain);
  const lines = createLineReader();
  const trailers: string[] = [];
  let state: State = { name: 'size' };
  let decoded = 0;
  let trailerBytes = 0;

  function push(bytes: Uint8Array): Uint8Array[] {
    const payload: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (state.name === 'data') {
        const slice = bytes.subarray(at, at + state.left);
        at += slice.length;
        takeData(slice, state.left);
        payload.push(slice);
      } else {
        at = lines.read(bytes, at, state.name === 'trailer' ? MAX_TRAILER_BYTES : MAX_HEADER_LINE);
        const line = lines.take();
        if (line !== undefined) takeLine(line);
      }
    }
    return payload;
  }

  function takeData(slice: Uint8Array, left: number): void {
    signatures?.data(slice);
    state = left === slice.length ? { name: 'data-end' } : { name: 'data', left: left - slice.length };
  }

  function takeLine(line: string): void {
    switch (state.name) {
      case 'size': {
        const { size, signature } = parseChunkHeader(line);
        decoded += size;
        if (decoded > decodedLength) throw incomplete(`more than ${decodedLength} bytes`, decodedLength);
        signatures?.begin(signature);
        state = size > 0 ? { name: 'data', left: size } : { name: 'trailer' };
        if (size === 0) signatures?.end();
        return;
      }
      case 'data-end':
        if (line !== '') throw malformedChunk();
        signatures?.end();
        state = { name: 'size' };
        return;
      case 'trailer':
        trailerBytes += line.length;
        if (trailerBytes > MAX_TRAILER_BYTES) throw new AwsError('MalformedTrailerError');
        // Clients differ in how many line breaks end the trailers; only what is written on lines counts.
        if (line !== '') trailers.push(line);
        return;
      case 'data':
        throw malformedChunk();
    }
  }

  function finish(): ReadonlyMap<string, string> {
    if (state.name !== 'trailer' || !lines.empty()) throw incomplete('no final chunk', decodedLength);
    if (decoded !== decodedLength) throw incomplete(`${decoded} bytes`, decodedLength);
    if (!trailer && trailers.length > 0) throw new AwsError('MalformedTrailerError');
    const fields = trailers.map(parseTrailer);
    if (trailer) signatures?.trailer(fields);
    const named = new Map(fields);
    if (named.size !== fields.length) throw new AwsError('MalformedTrailerError');
    return named;
  }

  return { push, finish };
}

/** Collects bytes up to a line break, across reads. */
function createLineReader() {
  let parts: Buffer[] = [];
  let length = 0;
  let line: string | undefined;
  return {
    /** Consumes `bytes` from `at` up to the end of the line; returns where it stopped. */
    read(bytes: Uint8Array, at: number, limit: number): number {
      const newline = bytes.indexOf(0x0a, at);
      const end = newline < 0 ? bytes.length : newline;
      length += end - at;
      if (length > limit) throw malformedChunk();
      // Copied: the line may be finished by a later read, when this buffer is the socket's again.
      parts.push(Buffer.from(bytes.subarray(at, end)));
      if (newline < 0) return end;
      line = Buffer.concat(parts).toString('latin1').replace(/\r$/, '');
      parts = [];
      length = 0;
      return newline + 1;
    },
    take(): string | undefined {
      const taken = line;
      line = undefined;
      return taken;
    },
    empty: (): boolean => length === 0,
  };
}

function parseChunkHeader(line: string): { size: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (!match?.[1]) throw malformedChunk();
  return { size: Number.parseInt(match[1], 16), signature: match[2] };
}

function parseTrailer(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new AwsError('MalformedTrailerError');
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

/** Each signature covers the one before it, so that chunks cannot be dropped, repeated or reordered. */
function createSignatureCheck(chain: SignatureChain) {
  const empty = sha256Hex('');
  let previous = chain.seed;
  let claimed = '';
  let hash: Hash = createHash('sha256');
  const verify = (kind: string, lines: string[], signature: string): void => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, chain.timestamp, chain.scope, previous, ...lines].join('\n');
    if (!sameText(hmacHex(chain.key, text), signature)) {
      throw new AwsError('SignatureDoesNotMatch', `The signature of a ${kind.toLowerCase()} does not match.`);
    }
    previous = signature;
  };
  return {
    begin(signature: string | undefined): void {
      claimed = signature ?? '';
      hash = createHash('sha256');
    },
    data: (bytes: Uint8Array): void => void hash.update(bytes),
    end: (): void => verify('PAYLOAD', [empty, hash.digest('hex')], claimed),
    trailer(fields: readonly [string, string][]): void {
      const signature = fields.find(([name]) => name === TRAILER_SIGNATURE)?.[1] ?? '';
      const canonical = fields
        .filter(([name]) => name !== TRAILER_SIGNATURE)
        .map(([name, value]) => `${name}:${value}\n`)
        .join('');
      verify('TRAILER', [sha256Hex(canonical)], signature);
    },
  };
}

const malformedChunk = (): AwsError =>
  new AwsError('InvalidRequest', 'The aws-chunked body is not well-formed.');

const incomplete = (got: string, decodedLength: number): AwsError =>
  new AwsError(
    'IncompleteBody',
    `The body does not hold the ${decodedLength} bytes that x-amz-decoded-content-length declares (${got}).`,
  );
