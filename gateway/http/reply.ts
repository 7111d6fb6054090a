/** From what an invocation came to, the answer its caller gets: pure. */
import type { ErrorPayload, InvocationRecord, InvokeResult, Phases } from '../../runtime/core/types.ts';
import { HTTP_ERRORS, OUTCOME_ERRORS, RETRY_AFTER_SECONDS, type HttpErrorCode } from '../errors.ts';
import { interpretAnswer, type Answer } from './answer.ts';

export interface Reply extends Answer {
  /** Why a function's answer was refused, for its log. */
  problem?: string;
}

/** `exposeErrors`: the function's own error is for the caller to see. */
export function replyTo(
  { record, payload, body: detached, error }: InvokeResult,
  exposeErrors: boolean,
): Reply {
  const about = runHeaders(record);
  if (record.outcome !== 'success') {
    const details = exposeErrors && error !== null ? error : undefined;
    return errorReply(OUTCOME_ERRORS[record.outcome], record.requestId, { about, details });
  }
  const interpreted = interpretAnswer(payload ?? NULL_JSON, detached?.chunks);
  if (!interpreted.ok) {
    const { problem } = interpreted;
    const details = exposeErrors ? { errorType: 'InvalidResponse', errorMessage: problem } : undefined;
    return { ...errorReply('InvalidResponse', record.requestId, { about, details }), problem };
  }
  const { answer } = interpreted;
  return { ...answer, headers: [...about, ...answer.headers] };
}

const NULL_JSON = Buffer.from('null');

interface ErrorReplyExtras {
  /** Headers about the run; without a run, the request id alone. */
  about?: string[];
  details?: ErrorPayload | undefined;
  headers?: string[];
}

export function errorReply(code: HttpErrorCode, requestId: string, extras: ErrorReplyExtras = {}): Reply {
  const { status, message } = HTTP_ERRORS[code];
  const retryAfter = RETRY_AFTER_SECONDS[code];
  return {
    status,
    headers: [
      ...(extras.about ?? requestIdHeader(requestId)),
      'content-type',
      'application/json',
      ...(retryAfter === undefined ? [] : ['retry-after', String(retryAfter)]),
      ...(extras.headers ?? []),
    ],
    body: Buffer.from(JSON.stringify({ error: { code, message, requestId, ...extras.details } })),
  };
}

/** An answer without content, for preflight requests. */
export const emptyReply = (requestId: string, headers: string[]): Reply => ({
  status: 204,
  headers: [...requestIdHeader(requestId), ...headers],
  body: new Uint8Array(0),
});

const requestIdHeader = (requestId: string): string[] => ['x-faas-request-id', requestId];

function runHeaders(record: InvocationRecord): string[] {
  const headers = requestIdHeader(record.requestId);
  if (record.start !== null) headers.push('x-faas-start', record.start);
  if (record.instance !== null) headers.push('x-faas-instance', record.instance);
  const timing = serverTiming(record.phases);
  if (timing !== '') headers.push('server-timing', timing);
  return headers;
}

const PHASES: readonly [keyof Phases, string][] = [
  ['queueMs', 'queue'],
  ['provisionMs', 'provision'],
  ['bootMs', 'boot'],
  ['initMs', 'init'],
  ['thawMs', 'thaw'],
  ['handlerMs', 'handler'],
];

/** `queue;dur=0.2, handler;dur=1.5`: the phases that took place, in their order. */
export function serverTiming(phases: Phases): string {
  let timing = '';
  for (const [phase, name] of PHASES) {
    const ms = phases[phase];
    if (ms !== null) timing += `${timing === '' ? '' : ', '}${name};dur=${ms}`;
  }
  return timing;
}
