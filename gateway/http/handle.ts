/** One request of a trigger, from its head to its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Runtime } from '../../runtime/api.ts';
import { systemClock } from '../../runtime/core/clock.ts';
import { wholeBytes } from '../../runtime/core/detached-body.ts';
import { toFaasError } from '../../runtime/core/errors.ts';
import { newRequestId } from '../../runtime/core/ids.ts';
import { httpErrorOf, type HttpErrorCode } from '../errors.ts';
import type { Guard } from '../guard.ts';
import type { Answer } from './answer.ts';
import { bodyClaim, receiveBody, type BodyRead } from './body.ts';
import { preflightHeaders, withCors } from './cors.ts';
import { buildEvent, readHead, type HttpEvent, type RequestHead } from './event.ts';
import { release } from '../../runtime/core/release.ts';
import { emptyReply, errorReply, replyTo, type Reply } from './reply.ts';
import type { Route, RouteTable } from './route-table.ts';
import { send, sendEarly } from './send.ts';

export interface HandlerOptions {
  runtime: Runtime;
  guard: Guard;
  /** The routes of this moment. */
  routes: () => RouteTable;
  bodyIdleMs: number;
}

/** Lambda's limit for a synchronous call. There the whole event counts; here the body, as users expect. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

export function createHandler({ runtime, guard, routes, bodyIdleMs }: HandlerOptions): Handler {
  return async (incoming, outgoing) => {
    const requestId = newRequestId();
    const head = readHead(incoming);

    const target = admit(head, requestId, guard, routes());
    const claim = bodyClaim(head.headers);
    if (target.kind === 'answered') return sendEarly(incoming, outgoing, target.reply, claim);
    const { route, parameters } = target;
    const reply = (answer: Answer): Answer => crossOrigin(answer, route, head);

    const received = await receiveBody(incoming, outgoing, claim, {
      maxBytes: MAX_BODY_BYTES,
      idleMs: bodyIdleMs,
    });
    if (received.kind === 'aborted') return;
    if (received.kind !== 'read') {
      return sendEarly(incoming, outgoing, reply(errorReply(BODY_ERRORS[received.kind], requestId)), claim);
    }

    const event = buildEvent(head, received.body, { route, parameters, requestId, now: systemClock.now() });
    const eventBytes = wholeBytes(event);
    if (eventBytes > MAX_BODY_BYTES) warnOfSize(runtime, route, requestId, eventBytes);
    const answer = await invoke(runtime, route, event, requestId, outgoing);
    if (answer.problem !== undefined) tell(runtime, route, requestId, answer.problem);
    if (!outgoing.destroyed) send(outgoing, reply(answer));
  };
}

type Target =
  | { kind: 'route'; route: Route; parameters: Record<string, string> | undefined }
  | { kind: 'answered'; reply: Reply };

/** The route of the request, or what the gateway answers by itself. */
function admit(head: RequestHead, requestId: string, guard: Guard, table: RouteTable): Target {
  const { method, path, headers } = head;
  if (!guard.allowsHost(headers['host'])) return answered(errorReply('HostNotAllowed', requestId));

  const requested = method === 'OPTIONS' ? headers['access-control-request-method'] : undefined;
  if (requested !== undefined && headers['origin'] !== undefined) {
    const match = table.match(requested, path);
    if (match.kind === 'route' && match.route.cors) {
      const names = headers['access-control-request-headers'];
      return answered(emptyReply(requestId, preflightHeaders(match.route.cors, headers['origin'], names)));
    }
  }

  const match = table.match(method, path);
  if (match.kind === 'route') return match;
  if (match.kind === 'not-found') return answered(errorReply('RouteNotFound', requestId));
  const allow = ['allow', match.allow.join(', ')];
  return method === 'OPTIONS' && match.allow.includes('OPTIONS')
    ? answered(emptyReply(requestId, allow))
    : answered(errorReply('MethodNotAllowed', requestId, { headers: allow }));
}

const answered = (reply: Reply): Target => ({ kind: 'answered', reply });

const BODY_ERRORS = {
  'too-large': 'PayloadTooLarge',
  'too-slow': 'RequestTimeout',
} as const satisfies Record<Exclude<BodyRead['kind'], 'read' | 'aborted'>, HttpErrorCode>;

async function invoke(
  runtime: Runtime,
  route: Route,
  event: HttpEvent,
  requestId: string,
  outgoing: ServerResponse,
): Promise<Reply> {
  try {
    const trigger = { type: 'http', source: route.source } as const;
    const result = await runtime.invoke({
      function: route.functionName,
      ...event,
      detachAnswer: true,
      trigger,
      requestId,
      // Most calls never wait, and then nobody asks.
      get signal() {
        return goneSignal(outgoing);
      },
    });
    if (event.body?.isSent) release(event.body.chunks);
    return replyTo(result, route.exposeErrors);
  } catch (error) {
    const { code, message } = toFaasError(error);
    const httpCode = httpErrorOf(code);
    if (httpCode === 'Internal')
      runtime.log.error(`${route.source} failed (request ${requestId}): ${message}`);
    return errorReply(httpCode, requestId);
  }
}

/** Aborts when the client leaves before its answer: a call that still waits is then taken out of the line. */
function goneSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  return controller.signal;
}

function crossOrigin(answer: Answer, { cors }: Route, { headers }: RequestHead): Answer {
  return cors ? { ...answer, headers: withCors(answer.headers, cors, headers['origin']) } : answer;
}

/** Puts a line into the function's log, where its author looks for reasons. */
function tell(runtime: Runtime, { functionName, source }: Route, requestId: string, problem: string): void {
  const line = {
    at: systemClock.now(),
    function: functionName,
    instance: null,
    requestId,
    stream: 'system',
    level: 'WARN',
    line: `${source}: ${problem}`,
  } as const;
  runtime.store.logs.append(line);
  runtime.events.emit('log', line);
}

function warnOfSize(runtime: Runtime, route: Route, requestId: string, bytes: number): void {
  tell(
    runtime,
    route,
    requestId,
    `the event is ${bytes} bytes as JSON; AWS Lambda takes at most ${MAX_BODY_BYTES}`,
  );
}
