/** PutBucketNotificationConfiguration and GetBucketNotificationConfiguration. */
import { ACCOUNT_ID } from '../../runtime/core/ids.ts';
import { isWebhook } from '../../runtime/invocation/async/targets.ts';
import { AwsError } from '../aws/errors.ts';
import { planBody } from './body-plan.ts';
import { header, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { notificationsDocument, parseNotifications } from './notification-document.ts';
import type { BucketNotifications, BucketRule } from './notification-document.ts';
import { receiveText } from './receive.ts';
import { xmlReply } from './reply.ts';

const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Fixed rules are shown as well, so that whoever asks sees everyone who gets events. */
export const getBucketNotification: OperationHandler = (parts, call) => {
  requireBucket(parts, call.bucket);
  const { rules, eventBridge } = parts.notifications.get(call.bucket);
  const fixed = parts.notify.fixedRules(call.bucket).map((rule): BucketRule => ({
    ...rule,
    kind: isWebhook(rule.to) ? 'Queue' : 'CloudFunction',
    arn: arnOf(parts, rule.to),
  }));
  return xmlReply(
    'NotificationConfiguration',
    notificationsDocument({ rules: [...fixed, ...rules], eventBridge }),
  );
};

export const putBucketNotification: OperationHandler = async (parts, call) => {
  requireBucket(parts, call.bucket);
  const plan = planBody(call.headers, call.admission.signature);
  const text = await receiveText(call.body(), plan, MAX_DOCUMENT_BYTES);
  const fixed = new Set(parts.notify.fixedRules(call.bucket).map(({ id }) => id));
  const notifications = parseNotifications(text, fixed);
  if (header(call, 'x-amz-skip-destination-validation')?.toLowerCase() !== 'true') {
    checkTargets(parts, notifications);
  }
  const before = new Set(parts.notifications.get(call.bucket).rules.map(({ id }) => id));
  parts.store.transaction(() => {
    requireBucket(parts, call.bucket);
    parts.notifications.put(call.bucket, notifications);
    for (const rule of notifications.rules) if (!before.has(rule.id)) sendTestEvent(parts, call, rule);
  });
  return { status: 200, headers: { 'content-length': 0 } };
};

function checkTargets({ notify }: S3Parts, { rules, eventBridge }: BucketNotifications): void {
  const missing = rules.find(({ to }) => !notify.isTarget(to));
  if (missing) {
    const what =
      missing.kind === 'CloudFunction' ? 'no function' : 'no webhook of the configuration (s3.webhooks)';
    throw new AwsError('InvalidArgument', 'Unable to validate the following destination configurations', {
      ArgumentName: missing.arn,
      ArgumentValue: `There is ${what} of that name.`,
    });
  }
  if (eventBridge && !notify.hasEventBridge) {
    throw new AwsError(
      'InvalidArgument',
      'EventBridge has no targets here: name functions or URLs under s3.eventBridge in the configuration.',
      { ArgumentName: 'EventBridgeConfiguration' },
    );
  }
}

/** Queues and topics of S3 get one when they are set up; functions do not. */
function sendTestEvent({ notify, clock }: S3Parts, { bucket, ids }: S3Call, { to }: BucketRule): void {
  if (!isWebhook(to)) return;
  notify.send(to, bucket, {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(clock.now()).toISOString(),
    Bucket: bucket,
    RequestId: ids.requestId,
    HostId: ids.hostId,
  });
}

const arnOf = ({ region }: S3Parts, to: string): string =>
  isWebhook(to)
    ? `arn:aws:sqs:${region}:${ACCOUNT_ID}:${to.slice(to.indexOf(':') + 1)}`
    : `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${to}`;
