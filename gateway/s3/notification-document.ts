/** NotificationConfiguration, in and out. Source: PutBucketNotificationConfiguration, S3 API reference. */
import { randomBytes } from 'node:crypto';
import { parseS3Event } from '../../runtime/config/s3-trigger.ts';
import { webhookTarget } from '../../runtime/invocation/async/targets.ts';
import { AwsError } from '../aws/errors.ts';
import { overlap } from './notification-rules.ts';
import type { Rule } from './notification-rules.ts';
import { parseXml } from './xml.ts';
import type { XmlContent, XmlNode } from './xml.ts';

/** Kinds of target, by the element that names the target in a configuration of that kind. */
const KINDS = ['CloudFunction', 'Queue', 'Topic'] as const;
type Kind = (typeof KINDS)[number];

export interface BucketRule extends Rule {
  kind: Kind;
  /** As the client wrote it. */
  arn: string;
}

export interface BucketNotifications {
  rules: BucketRule[];
  /** Events go to EventBridge's targets, too. */
  eventBridge: boolean;
}

/**
 * Throws MalformedXML, or InvalidArgument for what S3 refuses: unknown events and filters, ids twice, and rules that
 * could both fire for one event.
 *
 * @param ignored ids of fixed rules: reading a configuration and writing it back must not double them
 */
export function parseNotifications(text: string, ignored: ReadonlySet<string>): BucketNotifications {
  const root = parseXml(text, 'NotificationConfiguration');
  const rules = KINDS.flatMap((kind) =>
    root.children(`${kind}Configuration`).map((node) => readRule(kind, node)),
  ).filter(({ id }) => !ignored.has(id));
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    throw new AwsError('InvalidArgument', 'Same ID used for multiple configurations. IDs must be unique');
  }
  for (const [index, rule] of rules.entries()) {
    if (rules.slice(index + 1).some((other) => overlap(rule, other))) {
      throw new AwsError(
        'InvalidArgument',
        'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
      );
    }
  }
  return { rules, eventBridge: root.children('EventBridgeConfiguration').length > 0 };
}

export function notificationsDocument({ rules, eventBridge }: BucketNotifications): XmlContent {
  const ofKind = (kind: Kind): [string, XmlContent[]] => [
    `${kind}Configuration`,
    rules
      .filter((rule) => rule.kind === kind)
      .map(({ id, arn, events, prefix, suffix }) => ({
        Id: id,
        [kind]: arn,
        Event: events.map((event) => `s3:${event}`),
        Filter: filterDocument(prefix, suffix),
      })),
  ];
  return {
    ...Object.fromEntries((['Topic', 'Queue', 'CloudFunction'] as const).map(ofKind)),
    EventBridgeConfiguration: eventBridge ? {} : undefined,
  };
}

function filterDocument(prefix: string, suffix: string): XmlContent | undefined {
  const rules = [
    { Name: 'Prefix', Value: prefix },
    { Name: 'Suffix', Value: suffix },
  ].filter(({ Value }) => Value !== '');
  return rules.length === 0 ? undefined : { S3Key: { FilterRule: rules } };
}

function readRule(kind: Kind, node: XmlNode): BucketRule {
  const arn = node.text(kind)?.trim();
  const events = node.texts('Event').map(readEvent);
  if (!arn || events.length === 0) throw new AwsError('MalformedXML');
  const id = node.text('Id')?.trim() || randomBytes(24).toString('base64url');
  if (id.length > 255) throw new AwsError('InvalidArgument', 'The ID is longer than 255 characters.');
  return { id, kind, arn, to: targetOf(kind, arn), events, ...readFilter(node) };
}

/** A function's name, partial or full ARN; of queues and topics the last part names a webhook. */
function targetOf(kind: Kind, arn: string): string {
  if (kind !== 'CloudFunction') return webhookTarget(arn.slice(arn.lastIndexOf(':') + 1));
  const name = /^(?:(?:arn:[\w-]+:lambda:[\w-]*:)?(?:\d{12}:)?function:)?([\w-]{1,64})(?::[\w$-]+)?$/.exec(
    arn,
  )?.[1];
  return name ?? arn;
}

function readEvent(text: string): string {
  const event = text.trim();
  const read = event.startsWith('s3:') ? parseS3Event(event) : undefined;
  if (read?.ok && `s3:${read.value}` === event) return read.value;
  throw new AwsError('InvalidArgument', `The event '${event}' is not supported for notifications`, {
    ArgumentName: 'Event',
    ArgumentValue: event,
  });
}

function readFilter(node: XmlNode): { prefix: string; suffix: string } {
  const filter = { prefix: '', suffix: '' };
  const seen = new Set<string>();
  const items = node
    .children('Filter')
    .flatMap((one) => one.children('S3Key'))
    .flatMap((one) => one.children('FilterRule'));
  for (const item of items) {
    const name = item.text('Name')?.trim().toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw new AwsError('InvalidArgument', 'filter rule name must be either prefix or suffix');
    }
    if (seen.has(name)) {
      throw new AwsError('InvalidArgument', `Cannot specify more than one ${name} rule in a filter.`);
    }
    seen.add(name);
    const value = item.text('Value') ?? '';
    if (Buffer.byteLength(value) > 1024) {
      throw new AwsError('InvalidArgument', 'Size of filter rule value cannot exceed 1024 bytes');
    }
    filter[name] = value;
  }
  return filter;
}
