import { describe, expect, test } from 'vitest';
import { isBucketName, parseS3Event, parseS3Trigger } from '../../../runtime/config/s3-trigger.ts';

const trigger = (more: object) => ({
  ok: true,
  value: { type: 's3', bucket: 'photos', events: ['ObjectCreated:*'], prefix: '', suffix: '', ...more },
});

describe('the short form', () => {
  test.each([
    ['photos', {}],
    ['photos:', {}],
    ['photos:ObjectCreated:Put', { events: ['ObjectCreated:Put'] }],
    ['photos:s3:ObjectCreated:Put', { events: ['ObjectCreated:Put'] }],
    ['photos:ObjectRemoved:*', { events: ['ObjectRemoved:*'] }],
    ['photos:ObjectRemoved', { events: ['ObjectRemoved:*'] }],
    ['photos:ObjectCreated:*:in/', { prefix: 'in/' }],
    ['photos:ObjectCreated:in/:.jpg', { prefix: 'in/', suffix: '.jpg' }],
    ['photos:ObjectCreated:Put:in/:.jpg', { events: ['ObjectCreated:Put'], prefix: 'in/', suffix: '.jpg' }],
    ['photos:ObjectCreated:*::.jpg', { suffix: '.jpg' }],
    ['photos::in/:.jpg', { prefix: 'in/', suffix: '.jpg' }],
    ['photos:::.jpg', { suffix: '.jpg' }],
    ['photos:LifecycleTransition:in/', { events: ['LifecycleTransition'], prefix: 'in/' }],
  ])('%s', (text, more) => {
    expect(parseS3Trigger(text)).toEqual(trigger(more));
  });

  test.each([
    ['', 'a bucket name'],
    ['Photos', 'a bucket name'],
    ['photos:in/', "write 'photos::in/'"],
    ['photos:ObjectCreatd:Put', 'ObjectCreated'],
    ['photos:constructor', "write 'photos::constructor'"],
    ['photos:ObjectCreated:Put:a:b:c', 'config file'],
  ])('%j is refused', (text, says) => {
    const result = parseS3Trigger(text);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).toContain(says);
  });
});

test('events are kept once and without s3:', () => {
  const events = ['s3:ObjectCreated:Put', 'ObjectCreated:Put', 'ObjectRemoved'];
  expect(parseS3Trigger({ bucket: 'photos', events })).toEqual(
    trigger({ events: ['ObjectCreated:Put', 'ObjectRemoved:*'] }),
  );
});

test.each(['ObjectCreated:Putt', 'Object', 's3:', '*', 's3:*', '', 'LifecycleTransition:*'])(
  '%j is no event of S3',
  (name) => {
    expect(parseS3Event(name).ok).toBe(false);
  },
);

test.each([
  ['photos', true],
  ['my.photos-2024', true],
  ['abc', true],
  ['a'.repeat(63), true],
  ['ab', false],
  ['a'.repeat(64), false],
  ['Photos', false],
  ['-photos', false],
  ['photos-', false],
  ['a..b', false],
  ['192.168.0.1', false],
  ['xn--photos', false],
  ['my_photos', false],
  ['photos/', false],
])('%s as a bucket name: %s', (name, valid) => {
  expect(isBucketName(name)).toBe(valid);
});
