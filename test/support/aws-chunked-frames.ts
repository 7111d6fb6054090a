/** Writes `aws-chunked` bodies, as a client would. */
import { createHash, createHmac } from 'node:crypto';
import type { SignatureChain } from '../../gateway/aws/sigv4.ts';

export const CHAIN: SignatureChain = {
  key: Buffer.alloc(32, 7),
  timestamp: '20261101T120000Z',
  scope: '20261101/us-east-1/s3/aws4_request',
  seed: 'a'.repeat(64),
};

export interface FrameOptions {
  chain?: SignatureChain;
  /** Trailing headers; with `chain`, signed. */
  trailers?: Record<string, string>;
  chunkSize?: number;
}

export function frame(
  payload: Buffer,
  { chain, trailers, chunkSize = 64 * 1024 }: FrameOptions = {},
): Buffer {
  const out: Buffer[] = [];
  let previous = chain?.seed ?? '';
  const sign = (kind: string, ...lines: string[]): string => {
    if (!chain) return '';
    const text = [`AWS4-HMAC-SHA256-${kind}`, chain.timestamp, chain.scope, previous, ...lines].join('\n');
    previous = createHmac('sha256', chain.key).update(text).digest('hex');
    return previous;
  };
  const chunk = (bytes: Buffer): void => {
    const signature = sign('PAYLOAD', sha256(''), sha256(bytes));
    out.push(Buffer.from(`${bytes.length.toString(16)}${chain ? `;chunk-signature=${signature}` : ''}\r\n`));
    if (bytes.length > 0) out.push(bytes, Buffer.from('\r\n'));
  };
  for (let at = 0; at < payload.length; at += chunkSize) chunk(payload.subarray(at, at + chunkSize));
  chunk(Buffer.alloc(0));
  const lines = Object.entries(trailers ?? {});
  for (const [name, value] of lines) out.push(Buffer.from(`${name}:${value}\r\n`));
  if (trailers && chain) {
    const canonical = lines.map(([name, value]) => `${name}:${value}\n`).join('');
    out.push(Buffer.from(`x-amz-trailer-signature:${sign('TRAILER', sha256(canonical))}\r\n`));
  }
  out.push(Buffer.from('\r\n'));
  return Buffer.concat(out);
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
