/** PostObject: an upload by an HTML form. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import type { FormFields } from '../aws/post-signature.ts';
import type { AwsReply } from '../aws/request.ts';
import { requireOnBucket } from './access.ts';
import { planBody } from './body-plan.ts';
import { newObjectLock } from './object-lock.ts';
import { newObjectAccess } from './bucket-guards.ts';
import { causeFor, newVersionHeaders, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { DEFAULT_ALGORITHM } from './checksums.ts';
import { storeObject } from './commit.ts';
import type { Committed } from './commit.ts';
import { readConditions } from './conditions.ts';
import { PUT_OBJECT } from './needs.ts';
import { keptHeaders, refuseUnsupported, storageClassOf } from './object-headers.ts';
import { readForm } from './post-form.ts';
import type { Form } from './post-form.ts';
import { checkPostPolicy, readPostPolicy, sizeRange } from './post-policy.ts';
import { checksumHeaders, quoted } from './reply.ts';
import { checkKeyLength } from './resource.ts';
import { MAX_OBJECT_TAGS, readTagDocument } from './tags.ts';
import { buildBareXml } from './xml.ts';

export const postObject: OperationHandler = async (parts, call) => {
  requireBucket(parts, call.bucket);
  const form = await readForm(call.body(), call.headers);
  try {
    const { committed, fields } = await storeForm(parts, call, form);
    await form.finished;
    return reply(fields, committed, call.headers.host);
  } finally {
    form.close();
  }
};

async function storeForm(
  parts: S3Parts,
  call: S3Call,
  { fields, filename, file }: Form,
): Promise<{ committed: Committed; fields: FormFields }> {
  const admission = call.admitForm(fields);
  const key = keyOf(fields, filename);
  const policyText = fields.get('policy');
  const policy = policyText === undefined ? undefined : readPostPolicy(policyText);
  if (policy) {
    // The key as it will be: `${filename}` is replaced before the policy is asked.
    const judged = new Map([...fields, ['bucket', call.bucket], ['key', key]]);
    checkPostPolicy(policy, judged, parts.clock.now());
  }
  requireOnBucket(parts, { ...call, key, admission }, PUT_OBJECT);
  const headers = headersOf(fields);
  refuseUnsupported(headers);
  const target = requireBucket(parts, call.bucket);
  const tagging = fields.get('tagging');
  const committed = await storeObject(parts, {
    bucket: call.bucket,
    key,
    headers: keptHeaders(headers),
    storageClass: storageClassOf(headers),
    ...newObjectAccess(parts, { headers, admission }, target),
    lock: newObjectLock(parts, { headers }, target),
    tags: tagging === undefined ? [] : readTagDocument(tagging, MAX_OBJECT_TAGS),
    plan: planBody(headers, undefined, { defaultAlgorithm: DEFAULT_ALGORITHM }),
    bytes: () => within(file, policy ? sizeRange(policy) : undefined),
    conditions: readConditions({}),
    eventName: 'ObjectCreated:Post',
    cause: causeFor(call, admission),
  });
  return { committed, fields };
}

function keyOf(fields: FormFields, filename: string): string {
  const pattern = fields.get('key');
  if (pattern === undefined || pattern === '') {
    throw new AwsError(
      'InvalidArgument',
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      { ArgumentName: 'key', ArgumentValue: '' },
    );
  }
  const key = pattern.replaceAll('${filename}', () => filename);
  checkKeyLength(key);
  return key;
}

/** Fields that stand for headers, as node would have given those: Latin-1 text. */
function headersOf(fields: FormFields): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of fields) {
    if (!STANDS_FOR_HEADER.test(name) || name === 'x-amz-content-sha256') continue;
    const text = Buffer.from(value).toString('latin1');
    // oxlint-disable-next-line no-control-regex -- what no header can hold
    if (!/^[\w-]+$/.test(name) || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
      throw new AwsError('InvalidArgument', undefined, { ArgumentName: name });
    headers[name] = text;
  }
  const acl = fields.get('acl');
  if (acl !== undefined) headers['x-amz-acl'] = acl;
  return headers;
}

const STANDS_FOR_HEADER =
  /^(x-amz-.*|cache-control|content-type|content-disposition|content-encoding|content-language|expires)$/;

/** The file, if its size is one the policy allows. */
async function* within(
  file: AsyncIterable<Uint8Array>,
  range: { min: number; max: number } | undefined,
): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of file) {
    size += chunk.length;
    if (range && size > range.max)
      throw new AwsError('EntityTooLarge', undefined, { MaxSizeAllowed: String(range.max) });
    yield chunk;
  }
  if (range && size < range.min) {
    throw new AwsError('EntityTooSmall', undefined, {
      ProposedSize: String(size),
      MinSizeAllowed: String(range.min),
    });
  }
}

function reply(fields: FormFields, { bucket, object }: Committed, host: string | undefined): AwsReply {
  const location = `http://${host ?? 'localhost'}/${object.bucket}/${encodeURI(object.key)}`;
  const headers = {
    etag: quoted(object.etag),
    location,
    ...checksumHeaders(object.checksum),
    ...newVersionHeaders(bucket, object),
  };
  const target = redirectTarget(fields);
  if (target) {
    target.searchParams.set('bucket', object.bucket);
    target.searchParams.set('key', object.key);
    target.searchParams.set('etag', quoted(object.etag));
    return { status: 303, headers: { ...headers, location: target.href, 'content-length': 0 } };
  }
  switch (fields.get('success_action_status')) {
    case '200':
      return { status: 200, headers: { ...headers, 'content-length': 0 } };
    case '201': {
      const { bucket: Bucket, key: Key } = object;
      const content = { Location: location, Bucket, Key, ETag: quoted(object.etag) };
      const type = { 'content-type': 'application/xml' };
      return { status: 201, headers: { ...headers, ...type }, body: buildBareXml('PostResponse', content) };
    }
    default:
      return { status: 204, headers };
  }
}

/** Undefined when there is none that a browser could be sent to. */
function redirectTarget(fields: FormFields): URL | undefined {
  const text = fields.get('success_action_redirect') ?? fields.get('redirect');
  const url = text === undefined ? null : URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
