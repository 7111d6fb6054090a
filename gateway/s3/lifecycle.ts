/** Lifecycle settings: checked, given ids, kept. Nothing expires here. Pure. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws/errors.ts';
import { buildXml, parseXml } from './xml.ts';
import type { XmlNode } from './xml.ts';

const MAX_RULES = 1000;
const MAX_ID_LENGTH = 255;

/** The document to keep: as sent, with an id for each rule that came without one. */
export function checkLifecycle(document: string): string {
  const rules = parseXml(document, 'LifecycleConfiguration').children('Rule');
  if (rules.length === 0 || rules.length > MAX_RULES) throw new AwsError('MalformedXML');
  const ids = new Set<string>();
  const kept = rules.map((rule) => {
    checkRule(rule);
    const id = rule.text('ID') ?? randomBytes(24).toString('base64url');
    if (id.length > MAX_ID_LENGTH) throw invalid('ID length should not exceed allowed limit of 255', id);
    if (ids.has(id)) throw invalid('Rule ID must be unique. Found same ID for more than one rule', id);
    ids.add(id);
    return { ID: id, ...rule.content() };
  });
  return buildXml('LifecycleConfiguration', { Rule: kept });
}

function checkRule(rule: XmlNode): void {
  const status = rule.text('Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw new AwsError('MalformedXML');
  for (const action of ['Expiration', 'Transition']) {
    for (const node of rule.children(action)) {
      const days = node.text('Days');
      const date = node.text('Date');
      if (
        days !== undefined &&
        !(Number.isInteger(Number(days)) && Number(days) >= (action === 'Expiration' ? 1 : 0))
      )
        throw invalid("'Days' for Expiration action must be a positive integer", days);
      if (date !== undefined && !isMidnight(date)) throw invalid("'Date' must be at midnight GMT", date);
    }
  }
}

const isMidnight = (date: string): boolean => {
  const time = /^\d{4}-\d\d-\d\d(T.*)?$/.test(date) ? Date.parse(date) : Number.NaN;
  return time % 86_400_000 === 0;
};

const invalid = (message: string, value: string): AwsError =>
  new AwsError('InvalidArgument', message, { ArgumentValue: value });
