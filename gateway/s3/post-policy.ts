/** The policy of an HTML form: what the form may hold, and until when. Pure. */
import { AwsError } from '../aws/errors.ts';
import type { FormFields } from '../aws/post-signature.ts';

export interface PostPolicy {
  /** Epoch milliseconds. */
  expiration: number;
  conditions: Condition[];
}

type Condition =
  | { type: 'eq' | 'starts-with'; field: string; value: string }
  | { type: 'size'; min: number; max: number };

/** Fields that need no condition: they carry the policy, or are said to be ignored. */
const isFree = (name: string): boolean =>
  ['policy', 'signature', 'x-amz-signature', 'awsaccesskeyid', 'file'].includes(name) ||
  name.startsWith('x-ignore-');

/** Throws InvalidPolicyDocument. */
export function readPostPolicy(base64: string): PostPolicy {
  const policy = parseJson(Buffer.from(base64, 'base64').toString('utf8'));
  const { expiration, conditions } = policy;
  const time = typeof expiration === 'string' ? readTime(expiration) : Number.NaN;
  if (Number.isNaN(time)) throw invalid("Invalid 'expiration' value");
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  return { expiration: time, conditions: conditions.flatMap(readCondition) };
}

/** `2026-11-01T12:00:00.000Z`: nothing else, because Date.parse would take much more. */
const readTime = (text: string): number =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/i.test(text) ? Date.parse(text) : Number.NaN;

function readCondition(value: unknown): Condition[] {
  if (Array.isArray(value)) return [readArray(value)];
  if (typeof value !== 'object' || value === null) throw invalid('Invalid condition');
  const pairs = Object.entries(value);
  if (pairs.length === 0) throw invalid('Invalid condition: it is empty');
  return pairs.map(([field, wanted]) => {
    if (typeof wanted !== 'string') throw invalid(`Invalid value for "${field}"`);
    return { type: 'eq', field: field.toLowerCase(), value: wanted };
  });
}

function readArray(value: readonly unknown[]): Condition {
  const [operator, first, second] = value;
  const type = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (value.length !== 3) throw invalid(`Invalid condition: "${type}" takes two arguments`);
  if (type === 'content-length-range') {
    const [min, max] = [Number(first), Number(second)];
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && min >= 0 && max >= min))
      throw invalid('Invalid content-length-range');
    return { type: 'size', min, max };
  }
  if (type !== 'eq' && type !== 'starts-with') throw invalid(`Invalid condition: "${type}"`);
  if (typeof first !== 'string' || typeof second !== 'string' || !first.startsWith('$'))
    throw invalid(`Invalid arguments of "${type}"`);
  return { type, field: first.slice(1).toLowerCase(), value: second };
}

/** Throws AccessDenied unless the form is what the policy allows. `fields` hold the bucket, too. */
export function checkPostPolicy(
  { expiration, conditions }: PostPolicy,
  fields: FormFields,
  now: number,
): void {
  if (now > expiration) throw denied('Policy expired.');
  const covered = new Set<string>();
  for (const condition of conditions) {
    if (condition.type === 'size') continue;
    const { field, value, type } = condition;
    covered.add(field);
    const given = fields.get(field) ?? '';
    const holds = type === 'eq' ? given === value : startsWith(field, given, value);
    if (!holds) throw denied(`Policy Condition failed: ["${type}", "$${field}", "${value}"]`);
  }
  const extra = [...fields.keys()].find((name) => !isFree(name) && !covered.has(name));
  if (extra !== undefined) throw denied(`Extra input fields: ${extra}`);
}

/** A Content-Type may be a list; each of its types has to fit. */
const startsWith = (field: string, given: string, value: string): boolean =>
  field === 'content-type'
    ? given.split(',').every((type) => type.startsWith(value))
    : given.startsWith(value);

/** The sizes a file may have: the narrowest of all ranges. */
export function sizeRange({ conditions }: PostPolicy): { min: number; max: number } {
  const ranges = conditions.filter((condition) => condition.type === 'size');
  return {
    min: Math.max(0, ...ranges.map(({ min }) => min)),
    max: Math.min(Number.POSITIVE_INFINITY, ...ranges.map(({ max }) => max)),
  };
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    // A JSON object is a record of unknowns.
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw invalid('Invalid Policy: Invalid JSON.');
}

const invalid = (why: string): AwsError => new AwsError('InvalidPolicyDocument', `Invalid Policy: ${why}`);
const denied = (why: string): AwsError => new AwsError('AccessDenied', `Invalid according to Policy: ${why}`);
