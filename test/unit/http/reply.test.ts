import { describe, expect, it } from 'vitest';
import { HTTP_ERRORS, httpErrorOf, OUTCOME_ERRORS, type HttpErrorCode } from '../../../gateway/errors.ts';
import { errorReply, replyTo, serverTiming } from '../../../gateway/http/reply.ts';
import {
  OUTCOMES,
  type InvokeRequest,
  type InvokeResult,
  type Outcome,
} from '../../../runtime/core/types.ts';
import { recordOf } from '../../integration/http/scripted-runtime.ts';

const request: InvokeRequest = {
  function: 'f',
  payload: Buffer.from('{}'),
  trigger: { type: 'http', source: 'GET /' },
  requestId: 'request-1',
};
const error = {
  errorType: 'TypeError',
  errorMessage: 'x is secret',
  trace: ['TypeError: x', '    at /src/f.ts:1:1'],
};

const ended = (outcome: Outcome): InvokeResult => ({
  record: recordOf(request, outcome),
  payload: null,
  error: outcome === 'success' ? null : error,
});

const bodyOf = ({ body }: { body: Uint8Array }) => JSON.parse(Buffer.from(body).toString('utf8'));

const asLines = (headers: string[]): string[] =>
  headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));

describe('an invocation that did not succeed', () => {
  it.each<[Outcome, number, string]>([
    ['error', 502, 'FunctionError'],
    ['timeout', 504, 'FunctionTimeout'],
    ['oom', 502, 'OutOfMemory'],
    ['crash', 502, 'SandboxExited'],
    ['init-error', 502, 'InitFailed'],
    ['throttled', 429, 'Throttled'],
  ])('%s is a %i %s that tells nothing of the inside', (outcome, status, code) => {
    const reply = replyTo(ended(outcome), false);
    expect(reply.status).toBe(status);
    expect(bodyOf(reply)).toEqual({
      error: { code, message: HTTP_ERRORS[code as HttpErrorCode].message, requestId: 'request-1' },
    });
    expect(reply.headers.includes('retry-after')).toBe(status === 429);
  });

  it.each(OUTCOMES.filter((outcome) => outcome !== 'success'))('%s has a status', (outcome) => {
    expect(HTTP_ERRORS[OUTCOME_ERRORS[outcome]].status).toBeGreaterThanOrEqual(400);
  });

  it('shows the function’s own error when it is to be exposed', () => {
    expect(bodyOf(replyTo(ended('error'), true)).error).toEqual({
      code: 'FunctionError',
      message: HTTP_ERRORS.FunctionError.message,
      requestId: 'request-1',
      ...error,
    });
  });
});

describe('an answer', () => {
  const answered = (value: unknown): InvokeResult => ({
    record: recordOf(request, 'success'),
    payload: Buffer.from(JSON.stringify(value)),
    error: null,
  });

  it('goes out with what is known of its run', () => {
    const { headers } = replyTo(answered('hello'), false);
    expect(asLines(headers)).toEqual([
      'x-faas-request-id: request-1',
      'x-faas-start: warm',
      'x-faas-instance: a1b2c3d4e5f6',
      'server-timing: queue;dur=0.25, handler;dur=1.5',
      'content-type: application/json',
    ]);
  });

  it('that is not valid is a 502, whose reason is for the log alone', () => {
    const reply = replyTo(answered({ statusCode: 700 }), false);
    expect(reply).toMatchObject({
      status: 502,
      problem: 'statusCode must be a number from 200 to 599, got 700',
    });
    expect(bodyOf(reply)).toMatchObject({ error: { code: 'InvalidResponse' } });
    expect(Buffer.from(reply.body).toString()).not.toContain('700');
    expect(bodyOf(replyTo(answered({ statusCode: 700 }), true))).toMatchObject({
      error: {
        code: 'InvalidResponse',
        errorMessage: 'statusCode must be a number from 200 to 599, got 700',
      },
    });
  });
});

it('errors of the gateway itself have the request id and no run', () => {
  const { headers } = errorReply('RouteNotFound', 'request-2');
  expect(headers).toEqual(['x-faas-request-id', 'request-2', 'content-type', 'application/json']);
});

it('only phases that took place are timed', () => {
  const none = {
    queueMs: null,
    provisionMs: null,
    bootMs: null,
    initMs: null,
    thawMs: null,
    handlerMs: null,
  };
  expect(serverTiming(none)).toBe('');
  expect(serverTiming({ ...none, provisionMs: 12.5, bootMs: 0, handlerMs: 3 })).toBe(
    'provision;dur=12.5, boot;dur=0, handler;dur=3',
  );
});

it.each([
  ['FunctionNotFound', 'RouteNotFound'],
  ['ShuttingDown', 'ShuttingDown'],
  ['StoreFailed', 'Internal'],
] as const)('the runtime’s %s is a %s to the caller', (code, expected) => {
  expect(httpErrorOf(code)).toBe(expected);
});
