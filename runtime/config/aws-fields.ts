/** The settings of the AWS-shaped endpoint that have a shape of their own: S3, keys, TLS. */
import * as z from 'zod';
import { listOf, oneOf, readWith, text } from './fields.ts';
import {
  BUCKET_EXPECTED,
  DEFAULT_S3_EVENTS,
  isBucketName,
  parseS3Event,
  S3_EVENT_EXPECTED,
} from './s3-trigger.ts';

/** An address that S3 events are posted to; without a bucket only those that a bucket's own configuration names. */
export interface Webhook {
  name: string;
  url: string;
  bucket?: string | undefined;
  events: string[];
  prefix: string;
  suffix: string;
}

export interface S3Settings {
  unsigned: 'owner' | 'acl';
  fsync?: 'off' | 'object';
  webhooks?: Webhook[];
  /** Function names and URLs. */
  eventBridge?: string[];
}

const webhook = z.strictObject(
  {
    name: text('a name of 1 to 64 letters, digits, - and _', /^[\w-]{1,64}$/),
    url: text('an http or https URL', /^https?:\/\/\S+$/),
    bucket: text(BUCKET_EXPECTED).refine(isBucketName, { error: BUCKET_EXPECTED }).optional(),
    events: listOf(
      z.string({ error: S3_EVENT_EXPECTED }).transform(readWith(parseS3Event)),
      'a list of S3 event names',
    ).prefault([...DEFAULT_S3_EVENTS]),
    prefix: text('the beginning of an object key').prefault(''),
    suffix: text('the end of an object key').prefault(''),
  },
  { error: 'an object with name and url' },
);

export const s3Settings = z
  .strictObject(
    {
      unsigned: oneOf(['owner', 'acl']).prefault('owner').meta({
        description:
          'What an unsigned S3 request from this machine may do: `owner`, everything (so that `curl -T` works); `acl`, what S3 lets anonymous callers do.',
        env: 'FAAS_S3_UNSIGNED',
      }),
      fsync: oneOf(['off', 'object']).prefault('off').meta({
        description:
          '`object`: an acknowledged upload also outlives the machine losing power, at the price of waiting for the disk; `off`: it outlives the runtime being killed.',
        env: 'FAAS_S3_FSYNC',
      }),
      webhooks: listOf(webhook, 'a list of objects with name, url and perhaps bucket, events, prefix, suffix')
        .prefault([])
        .meta({
          description:
            'Addresses that S3 events are posted to: all that fit `bucket`, `events`, `prefix` and `suffix`, and those that a bucket notification configuration sends to the queue or topic of that `name`.',
        }),
      eventBridge: listOf(
        text('the name of a function, or an http URL', /^[\w-]{1,64}$|^https?:\/\/\S+$/),
        'a list of function names and URLs',
      )
        .prefault([])
        .meta({
          description:
            'Who gets the events, in the shape of Amazon EventBridge, of buckets whose notification configuration switches EventBridge on.',
        }),
    },
    { error: "an object with S3 settings, such as { unsigned: 'acl' }" },
  )
  .prefault({});

export const accessKey = text('an access key id: letters, digits, and _ - . @', /^[\w.@-]{1,128}$/);
export const secretKey = text('a secret of at least one character', /^\S+$/).meta({ secret: true });

export const credentials = listOf(
  z.strictObject(
    {
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      account: text('an account name: letters, digits, and _ - . @', /^[\w.@-]{1,128}$/).optional(),
    },
    { error: 'an object with accessKeyId, secretAccessKey and perhaps account' },
  ),
  'a list of objects with accessKeyId, secretAccessKey and perhaps account',
)
  .prefault([])
  .meta({
    description:
      "Further keys the AWS-shaped endpoint accepts. Each is an account of its own, with its own buckets; `account: 'faas'` makes it one more key of the first account.",
    secret: true,
  });

const TLS_EXPECTED = 'true, false, or an object with the paths cert and key';

export const tls = z
  .union(
    [
      z.boolean(),
      z.strictObject({ cert: text('the path of a file', /\S/), key: text('the path of a file', /\S/) }),
    ],
    {
      error: TLS_EXPECTED,
    },
  )
  .prefault(false)
  .meta({
    expected: TLS_EXPECTED,
    description:
      'Whether the AWS-shaped endpoint is served over TLS as well: `true` with a certificate of its own making (`.faas/tls/ca.pem`, for clients to trust), or with the PEM files named, relative to the configuration file.',
    flag: '--tls',
  });
