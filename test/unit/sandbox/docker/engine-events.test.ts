import { expect, test } from 'vitest';
import { parseEvent } from '../../../../runtime/sandbox/docker/engine-events.ts';

const line = (action: string, attributes: Record<string, string>): string =>
  `{"Type":"container","Action":"${action}","Actor":{"ID":"c1","Attributes":${JSON.stringify(attributes)}},"time":1,"timeNano":1795562894743503999}`;

test('an event names the sandbox, and its time to the nanosecond', () => {
  expect(parseEvent(line('die', { exitCode: '137', 'faas.sandbox': 's1' }))).toEqual({
    action: 'die',
    sandboxId: 's1',
    exitCode: 137,
    atNano: 1795562894743503999n,
  });
});

test.each([
  ['of no interest', line('attach', { 'faas.sandbox': 's1' })],
  ['of a container that is none of ours', line('die', { exitCode: '0' })],
  ['of something else', '{"Type":"image","Action":"pull","timeNano":1}'],
])('an event %s is passed over', (_name, text) => {
  expect(parseEvent(text)).toBeUndefined();
});
