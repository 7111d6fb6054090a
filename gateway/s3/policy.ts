/**
 * Bucket policies: read, checked and asked. Pure.
 * Source: "Policies and permissions in Amazon S3", S3 user guide; "IAM JSON policy elements", IAM user guide.
 */
import { AwsError } from '../aws/errors.ts';
import type { Asker } from './acl.ts';
import { holds, readConditions, wildcard } from './policy-conditions.ts';
import type { ConditionKeys, PolicyCondition } from './policy-conditions.ts';

export interface Policy {
  statements: readonly Statement[];
}

interface Statement {
  effect: 'Allow' | 'Deny';
  principals: Matcher;
  actions: Matcher;
  resources: Matcher;
  conditions: readonly PolicyCondition[];
}

/** `Action` and `NotAction` and their kin. */
interface Matcher {
  patterns: readonly string[];
  negated: boolean;
}

export interface PolicyRequest {
  asker: Asker;
  /** `s3:GetObject`. */
  action: string;
  /** `arn:aws:s3:::bucket/key`. */
  resource: string;
  keys: ConditionKeys;
}

/** An explicit Deny counts for owners, too; undefined leaves the answer to ownership and ACLs. */
export function decide({ statements }: Policy, request: PolicyRequest): 'Allow' | 'Deny' | undefined {
  const fitting = statements.filter((statement) => applies(statement, request));
  if (fitting.some(({ effect }) => effect === 'Deny')) return 'Deny';
  return fitting.length > 0 ? 'Allow' : undefined;
}

const applies = (statement: Statement, { asker, action, resource, keys }: PolicyRequest): boolean =>
  matches(statement.principals, (principal) => isMeant(principal, asker)) &&
  matches(statement.actions, (pattern) => wildcard(pattern.toLowerCase(), action.toLowerCase())) &&
  matches(statement.resources, (pattern) => wildcard(pattern, resource)) &&
  holds(statement.conditions, keys);

const matches = ({ patterns, negated }: Matcher, fits: (pattern: string) => boolean): boolean =>
  patterns.some(fits) !== negated;

/** Accounts are meant by their name, or by an ARN that names them as account or user. */
function isMeant(principal: string, asker: Asker): boolean {
  if (principal === '*') return true;
  if (asker === 'anonymous') return false;
  if (principal === asker.account) return true;
  const [, , , , account, name] = principal.startsWith('arn:aws:iam::') ? principal.split(':') : [];
  return account === asker.account || name === `user/${asker.account}`;
}

/** True when everybody is let in without further conditions. */
export const isPublicPolicy = ({ statements }: Policy): boolean =>
  statements.some(
    ({ effect, principals, conditions }) =>
      effect === 'Allow' &&
      !principals.negated &&
      principals.patterns.includes('*') &&
      !conditions.some(({ key }) => NARROWING.has(key)),
  );

/** Conditions that make a policy for everybody one for few. */
const NARROWING = new Set(['aws:sourceip', 'aws:sourcearn', 'aws:sourcevpc', 'aws:sourcevpce', 'aws:userid']);

/** Throws MalformedPolicy. With `bucket`, its resources must be in that bucket. */
export function readPolicy(document: string, bucket?: string): Policy {
  const statements = list(parseJson(document)['Statement']);
  if (statements.length === 0) throw malformed('Missing required field Statement');
  return { statements: statements.map((statement) => readStatement(statement, bucket)) };
}

function readStatement(value: unknown, bucket: string | undefined): Statement {
  if (!isRecord(value)) throw malformed('Invalid Statement');
  const effect = value['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(`Invalid effect: ${String(effect)}`);
  const resources = matcher(value, 'Resource');
  if (bucket !== undefined && !resources.patterns.every((pattern) => isIn(pattern, bucket)))
    throw malformed('Policy has invalid resource');
  return {
    effect,
    principals: matcher(value, 'Principal'),
    actions: matcher(value, 'Action'),
    resources,
    conditions: readConditions(value['Condition']),
  };
}

function matcher(statement: Record<string, unknown>, name: string): Matcher {
  const negated = statement[name] === undefined;
  const value = negated ? statement[`Not${name}`] : statement[name];
  const patterns = isRecord(value) ? Object.values(value).flatMap(list) : list(value);
  if (patterns.length === 0) throw malformed(`Missing required field ${name}`);
  if (!patterns.every((pattern) => typeof pattern === 'string')) throw malformed(`Invalid ${name}`);
  return { patterns, negated };
}

const isIn = (resource: string, bucket: string): boolean => {
  const [name = ''] = resource.replace(/^arn:aws:s3:::/, '').split('/');
  return resource === '*' || (resource.startsWith('arn:aws:s3:::') && wildcard(name, bucket));
};

function parseJson(document: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(document);
    if (isRecord(value)) return value;
  } catch {
    // Told below.
  }
  throw malformed();
}

const malformed = (message?: string): AwsError => new AwsError('MalformedPolicy', message);

const list = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
