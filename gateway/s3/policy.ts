/** Bucket policies: read and checked. Pure. */
import { AwsError } from '../aws/errors.ts';

export interface Policy {
  statements: Statement[];
}

export interface Statement {
  effect: 'Allow' | 'Deny';
  /** `*`, or account names and ARNs. */
  principals: string[];
  hasCondition: boolean;
}

/** Throws MalformedPolicy. With `bucket`, its resources must be in that bucket. */
export function readPolicy(document: string, bucket?: string): Policy {
  const policy = parseJson(document);
  const statements = list(policy['Statement']);
  if (!document.startsWith('{') || statements.length === 0) throw new AwsError('MalformedPolicy');
  return { statements: statements.map((statement) => readStatement(statement, bucket)) };
}

function readStatement(value: unknown, bucket: string | undefined): Statement {
  if (!isRecord(value)) throw new AwsError('MalformedPolicy');
  const { Effect: effect, Principal: principal, Condition: condition } = value;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new AwsError('MalformedPolicy', `Invalid effect: ${String(effect)}`);
  }
  const principals = isRecord(principal) ? Object.values(principal).flatMap(list) : list(principal);
  if (principals.length === 0) throw new AwsError('MalformedPolicy', 'Missing required field Principal');
  if (list(value['Action'] ?? value['NotAction']).length === 0)
    throw new AwsError('MalformedPolicy', 'Missing required field Action');
  const resources = list(value['Resource'] ?? value['NotResource']);
  if (resources.length === 0) throw new AwsError('MalformedPolicy', 'Missing required field Resource');
  if (bucket !== undefined && !resources.every((resource) => isIn(String(resource), bucket)))
    throw new AwsError('MalformedPolicy', 'Policy has invalid resource');
  return { effect, principals: principals.map(String), hasCondition: condition !== undefined };
}

const isIn = (resource: string, bucket: string): boolean =>
  resource === '*' ||
  resource === `arn:aws:s3:::${bucket}` ||
  resource.startsWith(`arn:aws:s3:::${bucket}/`) ||
  resource.startsWith('arn:aws:s3:::*');

/** True when everybody is let in without further conditions. */
export const isPublicPolicy = ({ statements }: Policy): boolean =>
  statements.some(
    ({ effect, principals, hasCondition }) => effect === 'Allow' && principals.includes('*') && !hasCondition,
  );

function parseJson(document: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(document);
    if (isRecord(value)) return value;
  } catch {
    // Told below.
  }
  throw new AwsError('MalformedPolicy');
}

const list = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
