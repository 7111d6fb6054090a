import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../runtime/core/log.ts';
import { Running } from '../../../runtime/invocation/running.ts';
import { postToWebhook } from '../../../runtime/invocation/async/webhook.ts';
import type { QueuedEvent } from '../../../runtime/store/store.ts';
import { CREDENTIALS, recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';
import type { Endpoint, EndpointOptions } from './endpoint.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:';

const clientOf = ({ url }: Endpoint): S3Client =>
  new S3Client({ endpoint: url, region: 'us-east-1', credentials: CREDENTIALS, forcePathStyle: true });

async function configure(endpoint: Endpoint, configuration: NotificationConfiguration): Promise<void> {
  const NotificationConfiguration = configuration;
  await clientOf(endpoint).send(
    new PutBucketNotificationConfigurationCommand({ Bucket: 'photos', NotificationConfiguration }),
  );
}

async function configurationOf(endpoint: Endpoint): Promise<NotificationConfiguration> {
  const { $metadata: _, ...configuration } = await clientOf(endpoint).send(
    new GetBucketNotificationConfigurationCommand({ Bucket: 'photos' }),
  );
  return configuration;
}

/** Functions that are deployed and have no trigger of their own on the bucket. */
const start = (options: EndpointOptions = {}): Promise<Endpoint> =>
  startEndpoint({ functions: [triggeredBy('resize'), triggeredBy('index')], ...options });

const upload = (endpoint: Endpoint, key = 'in/a.jpg'): Promise<Response> =>
  endpoint.fetch(`/photos/${key}`, { method: 'PUT', body: 'meow' });

const filter = (prefix: string, suffix: string) => ({
  Key: {
    FilterRules: [
      { Name: 'prefix' as const, Value: prefix },
      { Name: 'Suffix' as never, Value: suffix },
    ],
  },
});

describe('a notification configuration', () => {
  test('comes back as it was put, with an id where it had none, and survives a restart', async () => {
    await using first = await start();
    await configure(first, {
      LambdaFunctionConfigurations: [
        {
          Id: 'thumbnails',
          LambdaFunctionArn: `${ARN}resize`,
          Events: ['s3:ObjectCreated:*'],
          Filter: filter('in/', '.jpg'),
        },
        { LambdaFunctionArn: `${ARN}index`, Events: ['s3:ObjectRemoved:Delete'] },
      ],
    });
    await first.stop();
    await using second = await start({ dataDir: first.dataDir });
    expect(await configurationOf(second)).toEqual({
      LambdaFunctionConfigurations: [
        {
          Id: 'thumbnails',
          LambdaFunctionArn: `${ARN}resize`,
          Events: ['s3:ObjectCreated:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'Prefix', Value: 'in/' },
                { Name: 'Suffix', Value: '.jpg' },
              ],
            },
          },
        },
        {
          Id: expect.stringMatching(/^.{20,}$/),
          LambdaFunctionArn: `${ARN}index`,
          Events: ['s3:ObjectRemoved:Delete'],
        },
      ],
    });
  });

  test.each([
    'resize',
    'function:resize',
    '123456789012:function:resize',
    `${ARN}resize`,
    `${ARN}resize:$LATEST`,
  ])('names the function as %s', async (name) => {
    await using endpoint = await start();
    await configure(endpoint, {
      LambdaFunctionConfigurations: [
        { Id: 'rule', LambdaFunctionArn: name, Events: ['s3:ObjectCreated:Put'] },
      ],
    });
    await upload(endpoint);
    expect(endpoint.enqueued.map((event) => event.function)).toEqual(['resize']);
    expect(recordsOf(endpoint.enqueued)[0].s3.configurationId).toBe('rule');
  });

  test('adds to the triggers of the configuration file, which it lists and cannot remove', async () => {
    await using endpoint = await start({ functions: [triggeredBy('resize', {}), triggeredBy('index')] });
    await configure(endpoint, {
      LambdaFunctionConfigurations: [
        { Id: 'own', LambdaFunctionArn: 'index', Events: ['s3:ObjectCreated:*'] },
      ],
    });
    const listed = await configurationOf(endpoint);
    expect(listed.LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual(['faas-resize', 'own']);
    // Written back as it was read, nothing is doubled.
    await configure(endpoint, listed);
    await upload(endpoint);
    expect(endpoint.enqueued.map((event) => event.function)).toEqual(['resize', 'index']);
    await configure(endpoint, {});
    expect((await configurationOf(endpoint)).LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual([
      'faas-resize',
    ]);
  });

  test('sends a function that a trigger and a rule name one event', async () => {
    await using endpoint = await start({ functions: [triggeredBy('resize', {})] });
    await configure(endpoint, {
      LambdaFunctionConfigurations: [{ LambdaFunctionArn: 'resize', Events: ['s3:ObjectCreated:*'] }],
    });
    await upload(endpoint);
    expect(endpoint.enqueued).toHaveLength(1);
  });

  test('compares prefix and suffix with the key itself', async () => {
    await using endpoint = await start();
    await configure(endpoint, {
      LambdaFunctionConfigurations: [
        {
          LambdaFunctionArn: 'resize',
          Events: ['s3:ObjectCreated:*'],
          Filter: filter('in/red f', '.jpg'),
        },
      ],
    });
    for (const key of ['in/red%20flower.jpg', 'in/red+flower.jpg', 'in/red%20flower.png']) {
      await upload(endpoint, key);
    }
    expect(recordsOf(endpoint.enqueued).map(({ s3 }) => s3.object.key)).toEqual(['in/red+flower.jpg']);
  });

  test('goes with its bucket', async () => {
    await using endpoint = await start();
    await configure(endpoint, {
      LambdaFunctionConfigurations: [{ LambdaFunctionArn: 'resize', Events: ['s3:ObjectCreated:*'] }],
    });
    await endpoint.fetch('/photos', { method: 'DELETE' });
    await endpoint.fetch('/photos', { method: 'PUT' });
    expect(await configurationOf(endpoint)).toEqual({});
  });

  const rule = (Events: string[], prefix = '', suffix = '', name = 'resize') => ({
    LambdaFunctionArn: name,
    Events: Events as 's3:ObjectCreated:*'[],
    ...((prefix || suffix) && { Filter: filter(prefix, suffix) }),
  });

  test.each([
    ['an unknown function', [rule(['s3:ObjectCreated:*'], '', '', 'nobody')], /Unable to validate/],
    ['an unknown event', [rule(['s3:ObjectCreated:Move'])], /not supported for notifications/],
    ['an event without s3:', [rule(['ObjectCreated:Put'])], /not supported for notifications/],
    [
      'two rules for one event',
      [rule(['s3:ObjectCreated:*']), rule(['s3:ObjectCreated:Put'], '', '', 'index')],
      /overlap/,
    ],
    [
      'a prefix within another',
      [rule(['s3:ObjectCreated:*'], 'in/'), rule(['s3:ObjectCreated:*'], 'in/a/', '', 'index')],
      /overlap/,
    ],
    [
      'two suffixes of which one ends in the other',
      [rule(['s3:ObjectCreated:*'], '', '.jpg'), rule(['s3:ObjectCreated:*'], '', 'a.jpg', 'index')],
      /overlap/,
    ],
    [
      'an id twice',
      [
        { ...rule(['s3:ObjectCreated:*']), Id: 'x' },
        { ...rule(['s3:ObjectRemoved:*']), Id: 'x' },
      ],
      /IDs must be unique/,
    ],
    [
      'two prefixes in a filter',
      [
        {
          ...rule(['s3:ObjectCreated:*']),
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'prefix' as const, Value: 'a' },
                { Name: 'prefix' as const, Value: 'b' },
              ],
            },
          },
        },
      ],
      /more than one prefix/,
    ],
  ])('with %s is refused and changes nothing', async (_, rules, message) => {
    await using endpoint = await start();
    await expect(configure(endpoint, { LambdaFunctionConfigurations: rules })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: expect.stringMatching(message),
    });
    expect(await configurationOf(endpoint)).toEqual({});
  });

  test.each([
    ['other events', [rule(['s3:ObjectCreated:Put']), rule(['s3:ObjectCreated:Copy'], '', '', 'index')]],
    [
      'other prefixes',
      [rule(['s3:ObjectCreated:*'], 'in/'), rule(['s3:ObjectCreated:*'], 'out/', '', 'index')],
    ],
    [
      'other suffixes',
      [rule(['s3:ObjectCreated:*'], '', '.jpg'), rule(['s3:ObjectCreated:*'], '', '.png', 'index')],
    ],
  ])('may have rules side by side for %s', async (_, rules) => {
    await using endpoint = await start();
    await configure(endpoint, { LambdaFunctionConfigurations: rules });
    expect((await configurationOf(endpoint)).LambdaFunctionConfigurations).toHaveLength(2);
  });

  test('may name what is not there yet when the client skips the check', async () => {
    await using endpoint = await start();
    await clientOf(endpoint).send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: 'photos',
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [rule(['s3:ObjectCreated:*'], '', '', 'later')],
        },
        SkipDestinationValidation: true,
      }),
    );
    await upload(endpoint);
    expect(endpoint.enqueued.map((event) => event.function)).toEqual(['later']);
  });
});

describe('a webhook', () => {
  const webhooks = [
    {
      name: 'all',
      url: 'http://127.0.0.1:9/',
      bucket: 'photos',
      events: ['ObjectRemoved:*'],
      prefix: '',
      suffix: '',
    },
    { name: 'named', url: 'http://127.0.0.1:9/', events: ['ObjectCreated:*'], prefix: '', suffix: '' },
  ];

  test('of the configuration file gets what it asks for', async () => {
    await using endpoint = await start({ webhooks });
    await upload(endpoint);
    await endpoint.fetch('/photos/in/a.jpg', { method: 'DELETE' });
    expect(endpoint.enqueued.map((event) => event.function)).toEqual(['webhook:all']);
  });

  test('stands for queues and topics of its name, and is told when it is set up', async () => {
    await using endpoint = await start({ webhooks });
    await configure(endpoint, {
      QueueConfigurations: [
        { QueueArn: 'arn:aws:sqs:us-east-1:123456789012:named', Events: ['s3:ObjectCreated:*'] },
      ],
    });
    await upload(endpoint);
    const [told, created] = endpoint.enqueued;
    expect([told?.function, created?.function]).toEqual(['webhook:named', 'webhook:named']);
    expect(JSON.parse(Buffer.from(told?.payload ?? '').toString())).toMatchObject({
      Event: 's3:TestEvent',
      Bucket: 'photos',
    });
    expect(recordsOf(endpoint.enqueued.slice(1))[0]).toMatchObject({ eventName: 'ObjectCreated:Put' });
  });

  test('that is not in the configuration is refused', async () => {
    await using endpoint = await start({ webhooks });
    const TopicConfigurations = [
      { TopicArn: 'arn:aws:sns:us-east-1:123456789012:nobody', Events: ['s3:ObjectCreated:*' as const] },
    ];
    await expect(configure(endpoint, { TopicConfigurations })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
  });

  test('gets the record itself', async () => {
    let got = '';
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (got += chunk.toString()));
      request.on('end', () => response.end());
    }).listen(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await using endpoint = await start({ webhooks: [{ ...webhooks[0]!, url, events: ['ObjectCreated:*'] }] });
    await upload(endpoint);
    const [event] = endpoint.store.queue.due('webhook:all', Infinity, 1, new Set());
    expect(await postToWebhook(url, event!)).toEqual({ kind: 'delivered' });
    expect(JSON.parse(got).Records[0].s3.object).toMatchObject({ key: 'in/a.jpg', size: 4 });
    server.close();
  });
});

describe('EventBridge', () => {
  const eventBridge = ['index', 'http://127.0.0.1:9/bus'];

  test('gets every event of a bucket that switches it on, in its own shape', async () => {
    await using endpoint = await start({ eventBridge });
    await configure(endpoint, { EventBridgeConfiguration: {} });
    expect(await configurationOf(endpoint)).toEqual({ EventBridgeConfiguration: {} });
    const answer = await upload(endpoint, 'in/red%20flower.jpg');
    await endpoint.fetch('/photos/in/red%20flower.jpg', { method: 'DELETE' });
    expect(endpoint.enqueued.map((event) => event.function)).toEqual([
      'index',
      'webhook:http://127.0.0.1:9/bus',
      'index',
      'webhook:http://127.0.0.1:9/bus',
    ]);
    const [created, , deleted] = endpoint.enqueued.map(({ payload }) =>
      JSON.parse(Buffer.from(payload).toString()),
    );
    expect(created).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::photos'],
      detail: {
        version: '0',
        bucket: { name: 'photos' },
        object: {
          key: 'in/red flower.jpg',
          size: 4,
          etag: '4a4be40c96ac6314e91d93f38043a634',
          sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
        },
        'request-id': answer.headers.get('x-amz-request-id'),
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    });
    expect(deleted).toMatchObject({
      'detail-type': 'Object Deleted',
      detail: { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' },
    });
  });

  test('cannot be switched on while it has no targets', async () => {
    await using endpoint = await start();
    await expect(configure(endpoint, { EventBridgeConfiguration: {} })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: expect.stringContaining('s3.eventBridge'),
    });
  });
});

describe('what a function causes', () => {
  /** Uploads as the sandbox of an invocation that has `depth` others before it. */
  async function uploadFrom(depth: number, options: EndpointOptions = {}) {
    const warnings: string[] = [];
    const running = new Running();
    const log = createLogger('warn', (line) => warnings.push(line));
    const endpoint = await start({ functions: [triggeredBy('resize', {})], running, log, ...options });
    const identity = {
      accessKeyId: 'FAASSANDBOX',
      secretAccessKey: 'secret',
      functionName: 'resize',
      instanceId: 'abc',
      currentRequestId: 'parent',
    };
    endpoint.identities.set(identity.accessKeyId, identity);
    const activity = running.begin('parent', { depth });
    const client = new S3Client({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: identity,
      forcePathStyle: true,
    });
    const { PutObjectCommand, GetObjectCommand } = await import('@aws-sdk/client-s3');
    await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a', Body: 'x'.repeat(1000) }));
    const object = await client.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' }));
    await object.Body?.transformToString();
    return { endpoint, warnings, activity };
  }

  test('is one step further in the chain, and counts in its record', async () => {
    const { endpoint, activity } = await uploadFrom(3);
    expect(endpoint.enqueued).toMatchObject([
      { parentRequestId: 'parent', depth: 4 },
    ] satisfies Partial<QueuedEvent>[]);
    expect(activity).toMatchObject({ s3Requests: 2, s3Bytes: 2000 });
    await endpoint[Symbol.asyncDispose]();
  });

  test('invokes nobody after sixteen invocations in one chain: it is kept and told', async () => {
    const { endpoint, warnings } = await uploadFrom(15);
    expect(endpoint.enqueued).toEqual([]);
    expect(endpoint.store.deadEvents.all()).toMatchObject([
      { function: 'resize', reason: expect.stringContaining('loop') },
    ]);
    expect(warnings).toEqual([expect.stringMatching(/resize .*photos\/a .*faas-resize.*prefix ''/)]);
    await endpoint[Symbol.asyncDispose]();
  });

  test('goes on for a function that allows it', async () => {
    const looping = triggeredBy('resize', {});
    looping.settings.recursion = 'allow';
    const { endpoint } = await uploadFrom(100, { functions: [looping] });
    expect(endpoint.enqueued).toMatchObject([{ depth: 101 }]);
    await endpoint[Symbol.asyncDispose]();
  });
});
