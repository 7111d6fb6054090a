/** Access control lists: what canned ones, headers and documents grant, and what a list allows. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import { ownerOf } from './owner.ts';
import type { XmlContent, XmlNode } from './xml.ts';

const PERMISSIONS = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** An account, or one of S3's predefined groups. */
export type Grantee = { account: string } | { group: string };

export interface Grant {
  grantee: Grantee;
  permission: Permission;
}

export type Acl = readonly Grant[];

/** Who asks: an account, or nobody in particular. */
export type Asker = { account: string } | 'anonymous';

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
const GROUPS = [ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY];

/** More grants than this are refused, as on S3. */
const MAX_GRANTS = 100;

export interface AclSubject {
  owner: string;
  /** The same as `owner` for a bucket's own list. */
  bucketOwner: string;
}

/** Accounts that a grant may name. */
export type KnowsAccount = (account: string) => boolean;

/** True when the list lets the asker do it; owners may always read and write the list itself. */
export function allows(acl: Acl, asker: Asker, wanted: Permission): boolean {
  return acl.some(
    ({ grantee, permission }) =>
      (permission === wanted || permission === 'FULL_CONTROL') && isMeant(grantee, asker),
  );
}

function isMeant(grantee: Grantee, asker: Asker): boolean {
  if ('account' in grantee) return asker !== 'anonymous' && asker.account === grantee.account;
  return grantee.group === ALL_USERS || (grantee.group === AUTHENTICATED_USERS && asker !== 'anonymous');
}

/** True when the list gives anything to everybody, or to everybody who has an account. */
export const isPublic = (acl: Acl): boolean =>
  acl.some(
    ({ grantee }) =>
      'group' in grantee && (grantee.group === ALL_USERS || grantee.group === AUTHENTICATED_USERS),
  );

/** True when the list gives nothing to anybody but the owner. */
export const isPrivate = (acl: Acl, owner: string): boolean =>
  acl.every(
    ({ grantee, permission }) =>
      'account' in grantee && grantee.account === owner && permission === 'FULL_CONTROL',
  );

export const privateAcl = (owner: string): Acl => [
  { grantee: { account: owner }, permission: 'FULL_CONTROL' },
];

/** The list that `x-amz-acl` or the `x-amz-grant-` headers ask for; undefined when there are none. */
export function aclFromHeaders(
  headers: IncomingHttpHeaders,
  subject: AclSubject,
  knows: KnowsAccount,
): Acl | undefined {
  const canned = text(headers, 'x-amz-acl');
  const granting = Object.entries(GRANT_HEADERS).filter(([name]) => headers[name] !== undefined);
  if (canned !== undefined && granting.length > 0) {
    throw new AwsError('InvalidRequest', 'Specifying both Canned ACLs and Header Grants is not allowed');
  }
  if (canned !== undefined) return cannedAcl(canned, subject);
  if (granting.length === 0) return undefined;
  return granting.flatMap(([name, permission]) =>
    readGrantees(text(headers, name) ?? '', knows).map((grantee) => ({ grantee, permission })),
  );
}

const GRANT_HEADERS: Record<string, Permission> = {
  'x-amz-grant-read': 'READ',
  'x-amz-grant-write': 'WRITE',
  'x-amz-grant-read-acp': 'READ_ACP',
  'x-amz-grant-write-acp': 'WRITE_ACP',
  'x-amz-grant-full-control': 'FULL_CONTROL',
};

export function cannedAcl(name: string, { owner, bucketOwner }: AclSubject): Acl {
  const own = privateAcl(owner);
  const group = (uri: string, ...permissions: Permission[]): Grant[] =>
    permissions.map((permission) => ({ grantee: { group: uri }, permission }));
  const toBucketOwner = (permission: Permission): Grant[] =>
    bucketOwner === owner ? [] : [{ grantee: { account: bucketOwner }, permission }];
  switch (name) {
    case 'private':
    case 'aws-exec-read':
      return own;
    case 'public-read':
      return [...own, ...group(ALL_USERS, 'READ')];
    case 'public-read-write':
      return [...own, ...group(ALL_USERS, 'READ', 'WRITE')];
    case 'authenticated-read':
      return [...own, ...group(AUTHENTICATED_USERS, 'READ')];
    case 'log-delivery-write':
      return [...own, ...group(LOG_DELIVERY, 'WRITE', 'READ_ACP')];
    case 'bucket-owner-read':
      return [...own, ...toBucketOwner('READ')];
    case 'bucket-owner-full-control':
      return [...own, ...toBucketOwner('FULL_CONTROL')];
    default:
      throw new AwsError('InvalidArgument', undefined, {
        ArgumentName: 'x-amz-acl',
        ArgumentValue: name,
      });
  }
}

/** `id="…", uri="…"`: the value of a grant header. */
function readGrantees(value: string, knows: KnowsAccount): Grantee[] {
  return value.split(',').map((item) => {
    const match = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*?)"?\s*$/i.exec(item);
    const [, kind = '', name = ''] = match ?? [];
    switch (kind.toLowerCase()) {
      case 'id':
        return accountGrantee(name, knows);
      case 'uri':
        return groupGrantee(name);
      case 'emailaddress':
        return emailGrantee(name, knows);
      default:
        throw new AwsError('InvalidArgument', 'Argument format not recognized');
    }
  });
}

/** An AccessControlPolicy document; its owner must be the one the list is about. */
export function readAclDocument(document: XmlNode, owner: string, knows: KnowsAccount): Acl {
  const [named] = document.children('Owner');
  const [list] = document.children('AccessControlList');
  if (!list) throw new AwsError('MalformedACLError');
  const id = named?.text('ID')?.trim();
  if (named && !id) throw new AwsError('MalformedACLError');
  if (id !== undefined && id !== owner) throw new AwsError('AccessDenied');
  const grants = list.children('Grant');
  if (grants.length > MAX_GRANTS) throw new AwsError('MalformedACLError');
  return grants.map((grant) => {
    const [grantee] = grant.children('Grantee');
    const permission = PERMISSIONS.find((name) => name === grant.text('Permission')?.trim());
    if (!grantee || !permission) throw new AwsError('MalformedACLError');
    return { grantee: readGrantee(grantee, knows), permission };
  });
}

/** Which of the three kinds it is shows in its element as well as in its `xsi:type`. */
function readGrantee(node: XmlNode, knows: KnowsAccount): Grantee {
  const [id, uri, email] = ['ID', 'URI', 'EmailAddress'].map((name) => node.text(name)?.trim());
  if (id !== undefined) return accountGrantee(id, knows);
  if (uri !== undefined) return groupGrantee(uri);
  if (email !== undefined) return emailGrantee(email, knows);
  throw new AwsError('MalformedACLError');
}

function accountGrantee(account: string, knows: KnowsAccount): Grantee {
  if (knows(account)) return { account };
  throw new AwsError('InvalidArgument', 'Invalid id', {
    ArgumentName: 'CanonicalUser/ID',
    ArgumentValue: account,
  });
}

function groupGrantee(group: string): Grantee {
  if (GROUPS.includes(group)) return { group };
  throw new AwsError('InvalidArgument', 'Invalid group uri', {
    ArgumentName: 'Group/URI',
    ArgumentValue: group,
  });
}

/** Accounts have no addresses here, but a name may be one. */
function emailGrantee(address: string, knows: KnowsAccount): Grantee {
  if (knows(address)) return { account: address };
  throw new AwsError('UnresolvableGrantByEmailAddress');
}

/** The AccessControlPolicy document of a list. */
export const aclDocument = (owner: string, acl: Acl): XmlContent => ({
  Owner: ownerOf(owner),
  AccessControlList: {
    Grant: acl.map(({ grantee, permission }) => ({
      Grantee: {
        '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
        '@xsi:type': 'account' in grantee ? 'CanonicalUser' : 'Group',
        ...('account' in grantee ? ownerOf(grantee.account) : { URI: grantee.group }),
      },
      Permission: permission,
    })),
  },
});

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
