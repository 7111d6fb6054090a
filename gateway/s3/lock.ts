/**
 * Object lock: retention periods and legal holds that keep versions from being removed. Pure.
 * Source: "Locking objects with Object Lock", S3 user guide.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import { parseXml } from './xml.ts';
import type { XmlContent, XmlNode } from './xml.ts';

const MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;

export interface Retention {
  mode: (typeof MODES)[number];
  /** Epoch milliseconds. */
  until: number;
}

export interface Lock {
  retention?: Retention;
  legalHold?: 'ON' | 'OFF';
}

/** What an ObjectLockConfiguration says of new objects. */
interface DefaultRetention {
  mode: Retention['mode'];
  days: number;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

/** The lock a write's headers ask for; undefined when they ask for none. */
export function lockFromHeaders(headers: IncomingHttpHeaders, now: number): Lock | undefined {
  const [mode, until, hold] = ['mode', 'retain-until-date', 'legal-hold'].map((name) => {
    const value = headers[`x-amz-object-lock-${name}`];
    return Array.isArray(value) ? value[0] : value;
  });
  if (mode === undefined && until === undefined && hold === undefined) return undefined;
  if ((mode === undefined) !== (until === undefined)) {
    throw new AwsError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  }
  const lock: Lock = {};
  if (mode !== undefined && until !== undefined) {
    const known = MODES.find((one) => one === mode);
    if (!known) throw new AwsError('InvalidArgument', 'Unknown wormMode directive.');
    lock.retention = { mode: known, until: futureTime(until, now) };
  }
  if (hold !== undefined) {
    if (hold !== 'ON' && hold !== 'OFF')
      throw new AwsError('InvalidArgument', 'Legal Hold must be ON or OFF');
    lock.legalHold = hold;
  }
  return lock;
}

function futureTime(text: string, now: number): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new AwsError('InvalidArgument', 'The retain until date must be a date.');
  if (time > now) return time;
  throw new AwsError('InvalidArgument', 'The retain until date must be in the future!');
}

/** As a read tells of it. */
export const lockHeaders = ({ retention, legalHold }: Lock): Record<string, string> => ({
  ...(retention && {
    'x-amz-object-lock-mode': retention.mode,
    'x-amz-object-lock-retain-until-date': new Date(retention.until).toISOString(),
  }),
  ...(legalHold && { 'x-amz-object-lock-legal-hold': legalHold }),
});

/** Throws AccessDenied while the version may not be removed. `bypass`: the caller overrides governance. */
export function checkRemovable({ retention, legalHold }: Lock, now: number, bypass: boolean): void {
  const isRetained =
    retention !== undefined && retention.until > now && !(retention.mode === 'GOVERNANCE' && bypass);
  if (!isRetained && legalHold !== 'ON') return;
  throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.');
}

/** Throws AccessDenied when the new retention would weaken one that is in force. */
export function checkRetention(
  current: Retention | undefined,
  next: Retention | undefined,
  now: number,
  bypass: boolean,
): void {
  if (!current || current.until <= now) return;
  const weakens = !next || next.until < current.until || next.mode !== current.mode;
  const mayWeaken = current.mode === 'GOVERNANCE' && bypass;
  if (weakens && !mayWeaken) {
    throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.');
  }
}

/** A Retention document; an empty one takes the retention away. */
export function readRetention(document: string, now: number): Retention | undefined {
  const node = parseXml(document, 'Retention');
  const [mode, until] = [node.text('Mode')?.trim(), node.text('RetainUntilDate')?.trim()];
  if (mode === undefined && until === undefined) return undefined;
  const known = MODES.find((one) => one === mode);
  if (!known || until === undefined) throw new AwsError('MalformedXML');
  return { mode: known, until: futureTime(until, now) };
}

export const retentionDocument = ({ mode, until }: Retention): XmlContent => ({
  Mode: mode,
  RetainUntilDate: new Date(until).toISOString(),
});

export function readLegalHold(document: string): 'ON' | 'OFF' {
  const status = parseXml(document, 'LegalHold').text('Status')?.trim();
  if (status === 'ON' || status === 'OFF') return status;
  throw new AwsError('MalformedXML');
}

/** What new objects get when nothing is said of them. Throws MalformedXML or InvalidRetentionPeriod. */
export function readLockConfiguration(document: string): DefaultRetention | undefined {
  const configuration = parseXml(document, 'ObjectLockConfiguration');
  if (configuration.text('ObjectLockEnabled')?.trim() !== 'Enabled') throw new AwsError('MalformedXML');
  const [rule] = configuration.children('Rule');
  const [retention] = rule?.children('DefaultRetention') ?? [];
  if (!rule) return undefined;
  const mode = MODES.find((one) => one === retention?.text('Mode')?.trim());
  if (!retention || !mode) throw new AwsError('MalformedXML');
  return { mode, days: readPeriod(retention) };
}

function readPeriod(retention: XmlNode): number {
  const [days, years] = [retention.text('Days')?.trim(), retention.text('Years')?.trim()];
  if ((days === undefined) === (years === undefined)) throw new AwsError('MalformedXML');
  const count = days === undefined ? Number(years) * 365 : Number(days);
  if (!Number.isInteger(count)) throw new AwsError('MalformedXML');
  if (count >= 1 && count <= MAX_DAYS) return count;
  throw new AwsError('InvalidRetentionPeriod');
}

export const defaultLock = (document: string, now: number): Lock => {
  const rule = readLockConfiguration(document);
  return rule ? { retention: { mode: rule.mode, until: now + rule.days * DAY_MS } } : {};
};
