import { describe, expect, test } from 'vitest';
import { encodeEventKey, eventRecord } from '../../../gateway/s3/events.ts';
import { fixedRules, rulesFor } from '../../../gateway/s3/notification-rules.ts';
import type { DeployedFunction } from '../../../runtime/core/types.ts';
import { triggeredBy } from '../../integration/s3/endpoint.ts';

const PUT = { name: 'ObjectCreated:Put', bucket: 'photos', key: 'in/red flower.jpg' };

const matchFunctions = (functions: DeployedFunction[], event: typeof PUT): string[] =>
  rulesFor(event, fixedRules(event.bucket, functions, [])).map(({ to }) => to);

describe('a trigger', () => {
  test.each([
    ['every creation', {}, true],
    ['this very event', { events: ['ObjectCreated:Put'] }, true],
    ['one of several events', { events: ['ObjectRemoved:*', 'ObjectCreated:Put'] }, true],
    ['another event of the family', { events: ['ObjectCreated:Copy'] }, false],
    ['another family', { events: ['ObjectRemoved:*'] }, false],
    ['another bucket', { bucket: 'thumbnails' }, false],
    ['the prefix', { prefix: 'in/' }, true],
    ['another prefix', { prefix: 'out/' }, false],
    ['the suffix', { suffix: '.jpg' }, true],
    ['another suffix', { suffix: '.png' }, false],
    ['prefix and suffix with the key as it is', { prefix: 'in/red f', suffix: 'd flower.jpg' }, true],
    ['the key in the form it has in events', { prefix: 'in/red+' }, false],
    [
      'prefix and suffix that overlap in the key',
      { prefix: 'in/red flower.jpg', suffix: 'in/red flower.jpg' },
      true,
    ],
  ])('for %s', (_name, trigger, matches) => {
    expect(matchFunctions([triggeredBy('resize', trigger)], PUT)).toEqual(matches ? ['resize'] : []);
  });

  test('that fits beside another of the same function gives one event', () => {
    const functions = [
      triggeredBy('resize', { prefix: 'in/' }, { suffix: '.jpg' }),
      triggeredBy('index', {}),
    ];
    expect(matchFunctions(functions, PUT)).toEqual(['resize', 'index']);
  });
});

test.each([
  ['red flower.jpg', 'red+flower.jpg'],
  ['a/b/c', 'a/b/c'],
  ['a+b', 'a%2Bb'],
  ['a@b', 'a%40b'],
  ['ü😀', '%C3%BC%F0%9F%98%80'],
  ["!'()~", '%21%27%28%29%7E'],
  ['*-_.', '*-_.'],
  ['a%20b', 'a%2520b'],
  ['a&b=c?d', 'a%26b%3Dc%3Fd'],
])('the key %s is %s in an event', (key, encoded) => {
  expect(encodeEventKey(key)).toBe(encoded);
  expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(key);
});

const ORIGIN = {
  at: Date.parse('2026-11-01T12:00:00.123Z'),
  region: 'us-east-1',
  principalId: 'AWS:faas',
  ownerId: 'faas',
  sourceIp: '127.0.0.1',
  requestId: '0123456789ABCDEF',
  hostId: 'host/id=',
};

const recordOf = (event: Parameters<typeof eventRecord>[0]) =>
  JSON.parse(JSON.stringify({ Records: [eventRecord(event, ORIGIN, 'faas-resize')] }));

test('a creation has the exact record of S3', () => {
  expect(recordOf({ ...PUT, size: 1024, etag: 'd41d8cd98f00b204e9800998ecf8427e', sequence: 26 })).toEqual({
    Records: [
      {
        eventVersion: '2.5',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: '2026-11-01T12:00:00.123Z',
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:faas' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': '0123456789ABCDEF', 'x-amz-id-2': 'host/id=' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'faas-resize',
          bucket: { name: 'photos', ownerIdentity: { principalId: 'faas' }, arn: 'arn:aws:s3:::photos' },
          object: {
            key: 'in/red+flower.jpg',
            size: 1024,
            eTag: 'd41d8cd98f00b204e9800998ecf8427e',
            sequencer: '000000000000001A',
          },
        },
      },
    ],
  });
});

test('a removal tells neither size nor entity tag', () => {
  const record = recordOf({ ...PUT, name: 'ObjectRemoved:Delete', sequence: 255 });
  expect(record.Records[0].s3.object).toEqual({ key: 'in/red+flower.jpg', sequencer: '00000000000000FF' });
});

test('sequencers order as text as they do as numbers', () => {
  const sequencerOf = (sequence: number): string =>
    recordOf({ ...PUT, sequence }).Records[0].s3.object.sequencer;
  const numbers = [1, 9, 10, 15, 16, 255, 256, 4096, 2 ** 40];
  expect(numbers.map(sequencerOf)).toEqual(numbers.map(sequencerOf).toSorted());
});
