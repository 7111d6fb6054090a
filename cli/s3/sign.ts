/** Signs a request with Signature Version 4; the same texts that the endpoint verifies. */
import {
  canonicalRequest,
  deriveKey,
  hmacHex,
  scopeText,
  stringToSign,
} from '../../gateway/aws/canonical.ts';
import { parseTarget } from '../../gateway/aws/uri.ts';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Unsigned {
  method: string;
  /** Path and query as they will be sent. */
  target: string;
  host: string;
  headers: Record<string, string>;
  region: string;
}

/** Bodies are streamed, so their hash cannot be part of the signature. */
const PAYLOAD = 'UNSIGNED-PAYLOAD';

export function signedHeaders(request: Unsigned, keys: Keys, now = new Date()): Record<string, string> {
  const timestamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = { date: timestamp.slice(0, 8), region: request.region, service: 's3' };
  const signed: Record<string, string> = {
    ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-'))),
    host: request.host,
    'x-amz-content-sha256': PAYLOAD,
    'x-amz-date': timestamp,
  };
  const names = Object.keys(signed).toSorted();
  const { rawPath, query } = parseTarget(request.target);
  const canonical = canonicalRequest({
    method: request.method,
    path: rawPath,
    query,
    rawHeaders: Object.entries(signed).flat(),
    signedHeaders: names,
    payload: PAYLOAD,
  });
  const signature = hmacHex(
    deriveKey(keys.secretAccessKey, scope),
    stringToSign(timestamp, scope, canonical),
  );
  const credential = `${keys.accessKeyId}/${scopeText(scope)}`;
  return {
    ...request.headers,
    ...signed,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}
