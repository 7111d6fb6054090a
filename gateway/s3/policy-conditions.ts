/** The Condition element of policies. Pure. */
import { BlockList, isIP } from 'node:net';
import { AwsError } from '../aws/errors.ts';

/** What a request has under a key such as `s3:prefix` (lower case but for a tag's name); undefined: nothing. */
export type ConditionKeys = (key: string) => string | undefined;

export interface PolicyCondition {
  /** Lower case, but for what follows a slash. */
  key: string;
  values: readonly string[];
  test: Test;
  /** Holds, too, when the request has nothing under the key. */
  ifExists: boolean;
  isNull: boolean;
}

type Test = (given: string, wanted: string) => boolean;

interface Operator {
  test: Test;
  /** The opposite of another: must hold for all values, and holds where there is nothing. */
  negated?: true;
}

const OPERATORS: Record<string, Operator> = {
  StringEquals: { test: (given, wanted) => given === wanted },
  StringNotEquals: { test: (given, wanted) => given === wanted, negated: true },
  StringEqualsIgnoreCase: { test: (given, wanted) => given.toLowerCase() === wanted.toLowerCase() },
  StringNotEqualsIgnoreCase: {
    test: (given, wanted) => given.toLowerCase() === wanted.toLowerCase(),
    negated: true,
  },
  StringLike: { test: (given, wanted) => wildcard(wanted, given) },
  StringNotLike: { test: (given, wanted) => wildcard(wanted, given), negated: true },
  ArnEquals: { test: (given, wanted) => wildcard(wanted, given) },
  ArnLike: { test: (given, wanted) => wildcard(wanted, given) },
  ArnNotEquals: { test: (given, wanted) => wildcard(wanted, given), negated: true },
  ArnNotLike: { test: (given, wanted) => wildcard(wanted, given), negated: true },
  NumericEquals: { test: (given, wanted) => Number(given) === Number(wanted) },
  NumericNotEquals: { test: (given, wanted) => Number(given) === Number(wanted), negated: true },
  NumericLessThan: { test: (given, wanted) => Number(given) < Number(wanted) },
  NumericLessThanEquals: { test: (given, wanted) => Number(given) <= Number(wanted) },
  NumericGreaterThan: { test: (given, wanted) => Number(given) > Number(wanted) },
  NumericGreaterThanEquals: { test: (given, wanted) => Number(given) >= Number(wanted) },
  DateEquals: { test: (given, wanted) => Date.parse(given) === Date.parse(wanted) },
  DateNotEquals: { test: (given, wanted) => Date.parse(given) === Date.parse(wanted), negated: true },
  DateLessThanEquals: { test: (given, wanted) => Date.parse(given) <= Date.parse(wanted) },
  DateGreaterThanEquals: { test: (given, wanted) => Date.parse(given) >= Date.parse(wanted) },
  DateLessThan: { test: (given, wanted) => Date.parse(given) < Date.parse(wanted) },
  DateGreaterThan: { test: (given, wanted) => Date.parse(given) > Date.parse(wanted) },
  Bool: { test: (given, wanted) => given.toLowerCase() === wanted.toLowerCase() },
  IpAddress: { test: isWithin },
  NotIpAddress: { test: isWithin, negated: true },
};

export function holds(conditions: readonly PolicyCondition[], keys: ConditionKeys): boolean {
  return conditions.every(({ key, values, test, ifExists, isNull }) => {
    const given = keys(key);
    if (isNull) return values.some((value) => (value.toLowerCase() === 'true') === (given === undefined));
    if (given === undefined) return ifExists;
    return values.some((value) => test(given, value));
  });
}

/** Throws MalformedPolicy; what cannot be judged here is refused by NotImplemented rather than overlooked. */
export function readConditions(value: unknown): PolicyCondition[] {
  if (value === undefined) return [];
  return entries(value).flatMap(([operator, keys]) =>
    entries(keys).map(([key, values]) => readCondition(operator, key, values)),
  );
}

function readCondition(name: string, key: string, value: unknown): PolicyCondition {
  const values = (Array.isArray(value) ? value : [value]).map(String);
  const slash = key.indexOf('/');
  const known = slash < 0 ? key.toLowerCase() : key.slice(0, slash).toLowerCase() + key.slice(slash);
  const isNull = name === 'Null';
  // One value a key is all that requests have here, so that "for all" and "for any" are the same.
  const plain = name.replace(/^For(?:AllValues|AnyValue):/, '').replace(/IfExists$/, '');
  const operator = isNull ? { test: () => false } : OPERATORS[plain];
  if (!operator) throw new AwsError('NotImplemented', `The condition operator ${name} is not implemented.`);
  const { test, negated = false } = operator;
  return {
    key: known,
    values: negated ? [''] : values,
    test: negated ? (given) => !values.some((wanted) => test(given, wanted)) : test,
    ifExists: negated || name.endsWith('IfExists') || name.startsWith('ForAllValues:'),
    isNull,
  };
}

/** `*` is any text, `?` any character. Goes back to the last `*` only, so that no pattern takes long. */
export function wildcard(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

function isWithin(given: string, wanted: string): boolean {
  const [address = '', bits] = wanted.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || isIP(given) === 0) return false;
  const list = new BlockList();
  list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  return list.check(given, isIP(given) === 6 ? 'ipv6' : 'ipv4');
}

function entries(value: unknown): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new AwsError('MalformedPolicy', 'Invalid Condition');
}
