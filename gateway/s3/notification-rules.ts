/**
 * Who gets which events: rules of the configuration file, which are fixed, and those that a bucket's notification
 * configuration adds. Pure.
 */
import type { Webhook } from '../../runtime/config/aws-fields.ts';
import { S3_EVENT_PATTERNS } from '../../runtime/config/s3-trigger.ts';
import type { DeployedFunction } from '../../runtime/core/types.ts';
import { webhookTarget } from '../../runtime/invocation/async/targets.ts';
import type { ObjectEvent } from './events.ts';

/** What a rule looks for: patterns without the `s3:` prefix, and the ends of a key. */
export interface EventFilter {
  events: readonly string[];
  prefix: string;
  suffix: string;
}

export interface Rule extends EventFilter {
  id: string;
  /** A function's name, or a webhook as the queue names it. */
  to: string;
}

type Happening = Pick<ObjectEvent, 'name' | 'bucket' | 'key'>;

/** The rules of the configuration file for a bucket: its functions' triggers, and webhooks. */
export function fixedRules(
  bucket: string,
  functions: readonly DeployedFunction[],
  webhooks: readonly Webhook[],
): Rule[] {
  const ofFunctions = functions.flatMap(({ settings: { name, triggers } }) =>
    triggers.flatMap((trigger) =>
      trigger.type === 's3' ? [{ ...trigger, name: `faas-${name}`, to: name }] : [],
    ),
  );
  const ofWebhooks = webhooks.map((hook) => ({
    ...hook,
    name: `faas-webhook-${hook.name}`,
    to: webhookTarget(hook.name),
  }));
  const ids = new Map<string, number>();
  return [...ofFunctions, ...ofWebhooks]
    .filter((one) => one.bucket === bucket)
    .map(({ name, to, events, prefix, suffix }) => {
      const nth = (ids.get(name) ?? 0) + 1;
      ids.set(name, nth);
      return { id: nth === 1 ? name : `${name}-${nth}`, to, events, prefix, suffix };
    });
}

/** The rules that an event fits: one for each target, however many of them fit. */
export function rulesFor(event: Happening, rules: readonly Rule[]): Rule[] {
  const first = new Map<string, Rule>();
  for (const rule of rules) if (!first.has(rule.to) && matches(rule, event)) first.set(rule.to, rule);
  return [...first.values()];
}

/** Prefix and suffix are compared with the key itself, not with its form in the record. */
const matches = ({ events, prefix, suffix }: EventFilter, { name, key }: Happening): boolean =>
  events.some((pattern) => covers(pattern, name)) && key.startsWith(prefix) && key.endsWith(suffix);

const covers = (pattern: string, name: string): boolean =>
  pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)));

/** Whether some event could fit both. */
export const overlap = (one: EventFilter, other: EventFilter): boolean =>
  expand(one).some((name) => expand(other).includes(name)) &&
  (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
  (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix));

const expand = ({ events }: EventFilter): string[] =>
  events.flatMap((pattern) =>
    S3_EVENT_PATTERNS.filter((name) => covers(pattern, name) && !name.endsWith('*')),
  );
