import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSandboxMessage } from '../../../../runtime/sandbox/channel/parse-message.ts';

const usage = { cpuUs: 12, peakKb: 3 };
const error = { errorType: 'Error', errorMessage: 'x', trace: ['Error: x'] };

describe('what a sandbox says', () => {
  test.each([
    { type: 'ready', nodeVersion: 'v24.0.0' },
    { type: 'initialized' },
    { type: 'init-failed', error },
    { type: 'result', requestId: 'r', usage },
    { type: 'result', requestId: 'r', usage, body: { bytes: 1, jsonBytes: 2 } },
    { type: 'failed', requestId: 'r', error, usage, fatal: true },
    { type: 'log', requestId: null, stream: 'stderr', level: 'ERROR' },
  ])('$type is taken as it is', (message) => {
    expect(parseSandboxMessage(message)).toEqual(message);
  });

  test.each([
    [
      { type: 'log', stream: 'x', level: 3 },
      { type: 'log', requestId: null, stream: 'stdout', level: null },
    ],
    [
      { type: 'result', requestId: 'r', usage: { cpuUs: 'x', peakKb: -1 }, more: 1 },
      { type: 'result', requestId: 'r', usage: { cpuUs: 0, peakKb: null } },
    ],
    [
      { type: 'init-failed', error: { ...error, trace: ['a', 1, null] } },
      { type: 'init-failed', error: { ...error, trace: ['a'] } },
    ],
  ])('what is of no use in %j is left out', (given, taken) => {
    expect(parseSandboxMessage(given)).toEqual(taken);
  });

  test.each([
    [null],
    [[]],
    ['ready'],
    [{}],
    [{ type: 'toString' }],
    [{ type: 'ready' }],
    [{ type: 'result', requestId: 1, usage }],
    [{ type: 'result', requestId: 'r' }],
    [{ type: 'result', requestId: 'r', usage, body: 7 }],
    [{ type: 'result', requestId: 'r', usage, body: { bytes: -1, jsonBytes: 2 } }],
    [{ type: 'result', requestId: 'r', usage, body: { bytes: 1.5, jsonBytes: 2 } }],
    [{ type: 'result', requestId: 'r', usage, body: { bytes: 1 } }],
    [{ type: 'failed', requestId: 'r', usage, error: { errorType: 'E' } }],
  ])('%j is refused', (given) => {
    expect(() => parseSandboxMessage(given)).toThrow(/is not|unknown message/);
  });

  test('anything at all is taken or refused, by an Error', () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        try {
          parseSandboxMessage(given);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
