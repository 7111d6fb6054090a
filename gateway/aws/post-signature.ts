/**
 * The signature of an HTML form's policy, in version 4 and, for clients of old, version 2.
 * Source: "Browser-based uploads using POST", S3 API reference.
 */
import { createHmac } from 'node:crypto';
import { deriveKey, hmacHex } from './canonical.ts';
import type { Caller, FindKey } from './credentials.ts';
import { AwsError } from './errors.ts';
import { sameText } from './same-text.ts';
import { parseCredential } from './signature-claim.ts';

/** Form fields by their names in lower case. */
export type FormFields = ReadonlyMap<string, string>;

/** Who signed the form's policy; undefined when the form has none. Throws AwsError when it does not hold. */
export function verifyForm(fields: FormFields, findKey: FindKey): Caller | undefined {
  const policy = fields.get('policy');
  const isV4 = fields.has('x-amz-signature') || fields.has('x-amz-algorithm');
  const isV2 = fields.has('signature') || fields.has('awsaccesskeyid');
  if (policy === undefined) {
    if (!isV4 && !isV2) return undefined;
    throw missing('policy');
  }
  return isV4 ? verifyV4(fields, policy, findKey) : verifyV2(fields, policy, findKey);
}

function verifyV4(fields: FormFields, policy: string, findKey: FindKey): Caller {
  if (required(fields, 'x-amz-algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new AwsError('InvalidArgument', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256".', {
      ArgumentName: 'x-amz-algorithm',
    });
  }
  const scope = parseCredential({ credential: required(fields, 'x-amz-credential'), presigned: true });
  const { caller, secretAccessKey } = holderOf(scope.accessKeyId, findKey);
  const expected = hmacHex(deriveKey(secretAccessKey, scope), policy);
  refuseUnless(expected, required(fields, 'x-amz-signature'));
  return caller;
}

function verifyV2(fields: FormFields, policy: string, findKey: FindKey): Caller {
  const provided = required(fields, 'signature');
  const { caller, secretAccessKey } = holderOf(required(fields, 'awsaccesskeyid'), findKey);
  refuseUnless(createHmac('sha1', secretAccessKey).update(policy).digest('base64'), provided);
  return caller;
}

function holderOf(accessKeyId: string, findKey: FindKey) {
  const holder = findKey(accessKeyId);
  if (holder) return holder;
  throw new AwsError('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
}

function refuseUnless(expected: string, provided: string): void {
  if (sameText(expected, provided)) return;
  throw new AwsError('SignatureDoesNotMatch', undefined, { SignatureProvided: provided });
}

function required(fields: FormFields, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === '') throw missing(name);
  return value;
}

const missing = (name: string): AwsError =>
  new AwsError('InvalidArgument', `Bucket POST must contain a field named '${name}'.`, {
    ArgumentName: name,
  });
