/** DeleteObject and DeleteObjects. */
import { setImmediate } from 'node:timers/promises';
import { AwsError } from '../aws/errors.ts';
import { planBody } from './body-plan.ts';
import { refuseVersion, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { receiveText } from './receive.ts';
import { xmlReply } from './reply.ts';
import { checkKeyLength } from './resource.ts';
import { parseXml } from './xml.ts';
import type { XmlContent, XmlNode } from './xml.ts';

const MAX_KEYS = 1000;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
/** SQLite works synchronously: between batches other requests get their turn. */
const BATCH = 100;

export const deleteObject: OperationHandler = (parts, call) => {
  refuseVersion(call.query.get('versionId'));
  requireBucket(parts, call.bucket);
  deleteKeys(parts, call, [call.key]);
  return { status: 204 };
};

export const deleteObjects: OperationHandler = async (parts, call) => {
  requireBucket(parts, call.bucket);
  const plan = planBody(call.headers, call.admission.signature);
  const document = parseXml(await receiveText(call.body(), plan, MAX_DOCUMENT_BYTES), 'Delete');
  const items = document.children('Object');
  if (items.length === 0 || items.length > MAX_KEYS) throw new AwsError('MalformedXML');
  const quiet = document.text('Quiet')?.trim().toLowerCase() === 'true';
  const deleted: XmlContent[] = [];
  const failed: XmlContent[] = [];
  for (let index = 0; index < items.length; index += BATCH) {
    if (index > 0) await setImmediate();
    const keys: string[] = [];
    for (const item of items.slice(index, index + BATCH)) {
      const { key, problem } = readItem(item);
      if (problem) failed.push({ Key: key, Code: problem.code, Message: problem.message });
      else keys.push(key);
    }
    deleteKeys(parts, call, keys);
    if (!quiet) deleted.push(...keys.map((key) => ({ Key: key })));
  }
  return xmlReply('DeleteResult', { Deleted: deleted, Error: failed });
};

function readItem(item: XmlNode): { key: string; problem?: AwsError } {
  const key = item.text('Key');
  if (key === undefined || key === '') throw new AwsError('MalformedXML');
  try {
    checkKeyLength(key);
    refuseVersion(item.text('VersionId'));
    return { key };
  } catch (error) {
    if (error instanceof AwsError) return { key, problem: error };
    throw error;
  }
}

/** A key that does not exist counts as deleted, and no event tells of it. */
function deleteKeys(parts: S3Parts, call: S3Call, keys: readonly string[]): void {
  const { bucket, cause } = call;
  const dropped = parts.store.transaction(() =>
    keys.flatMap((key) => {
      const object = parts.objects.get(bucket, key);
      if (!object) return [];
      parts.notify({ name: 'ObjectRemoved:Delete', bucket, key, sequence: parts.objects.nextId() }, cause);
      return parts.objects.remove(object);
    }),
  );
  parts.blobs.discard(dropped);
}
