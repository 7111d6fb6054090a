/** What a policy's conditions may ask of a request. Pure. */
import type { S3Call } from './call.ts';
import { header } from './call.ts';
import type { StoredObject } from './objects.ts';
import type { ConditionKeys } from './policy-conditions.ts';
import { readTagHeader } from './tags.ts';

/** `object` is what is there already. */
export function policyKeys(call: S3Call, object: StoredObject | undefined): ConditionKeys {
  const { query, cause, admission } = call;
  const { caller, signature } = admission;
  return (key) => {
    const [name = '', tag] = key.split(/\/(.*)/s);
    switch (name) {
      case 'aws:sourceip':
        return cause.sourceIp;
      case 'aws:currenttime':
        return new Date().toISOString();
      case 'aws:securetransport':
        return String(call.secure === true);
      case 'aws:username':
        return caller.kind === 'anonymous' ? undefined : caller.account;
      case 's3:authtype':
        if (!signature) return undefined;
        return signature.presigned ? 'REST-QUERY-STRING' : 'REST-HEADER';
      case 's3:signatureversion':
        return signature && (signature.chain ? 'AWS4-HMAC-SHA256' : 'AWS');
      case 'aws:referer':
        return header(call, 'referer');
      case 'aws:useragent':
        return header(call, 'user-agent');
      case 's3:prefix':
      case 's3:delimiter':
      case 's3:max-keys':
        return query.get(name.slice('s3:'.length));
      case 's3:versionid':
        return query.get('versionId');
      case 's3:existingobjecttag':
        return object?.tags.find((one) => one.key === tag)?.value;
      case 's3:requestobjecttag':
        return readTagHeader(header(call, 'x-amz-tagging')).find((one) => one.key === tag)?.value;
      default:
        return name.startsWith('s3:x-amz-') ? header(call, name.slice('s3:'.length)) : undefined;
    }
  };
}
