/**
 * Work that a handler left pending when it returned: a promise nobody awaits, a timer, a request. It gets no CPU until
 * the next call, which surprises people, so it is told, once in a sandbox's life.
 *
 * Open connections are no work: databases and SDKs keep theirs for the next call. Requests in flight are; Node's own
 * diagnostics channels tell of them.
 */
import { subscribe } from 'node:diagnostics_channel';

/** In the words of Node's `getActiveResourcesInfo`, and in ours. */
const WORK: Record<string, string> = {
  Timeout: 'timer',
  Immediate: 'immediate',
  ProcessWrap: 'child process',
  FSReqCallback: 'file operation',
  FSReqPromise: 'file operation',
  GetAddrInfoReqWrap: 'name lookup',
  TCPConnectWrap: 'connection attempt',
};

/** What ends by itself this soon after the answer is nothing to talk of. */
const GRACE_MS = 100;

export interface LeftWork {
  /** What goes on now was begun by the init phase, on purpose. */
  noteInit(): void;
  /** A handler has returned and no other runs. Cheap. */
  noteRest(): void;
  /** The function's code runs: a handler, or its init phase. */
  noteWork(): void;
}

export function watchLeftWork(tell: (text: string) => void): LeftWork {
  const requests = countRequests();
  let begunByInit = new Map<string, number>();
  let isResting = false;
  let timer: NodeJS.Timeout | undefined;
  let told = false;

  const look = (): void => {
    if (!isResting || told) return;
    const left = [...pending(requests())].flatMap(([kind, count]) => {
      const more = count - (begunByInit.get(kind) ?? 0);
      return more > 0 ? [`${more} ${kind}${more === 1 ? '' : 's'}`] : [];
    });
    if (left.length === 0) return;
    told = true;
    tell(
      `the handler returned while work was still pending (${left.join(', ')}): as on AWS Lambda it gets no CPU before ` +
        'the next call. Await it before you return.',
    );
  };
  return {
    noteInit: () => (begunByInit = pending(requests())),
    noteRest() {
      if (told) return;
      isResting = true;
      if (timer) timer.refresh();
      else (timer = setTimeout(look, GRACE_MS)).unref();
    },
    noteWork: () => (isResting = false),
  };
}

function pending(requests: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) {
    const kind = WORK[resource];
    if (kind) found.set(kind, (found.get(kind) ?? 0) + 1);
  }
  if (requests > 0) found.set('HTTP request', requests);
  return found;
}

/** `fetch` and node:http each tell when a request begins and when its answer, or its failure, is there. */
const REQUEST_EVENTS = [
  ['undici:request:create', 'undici:request:headers', 'undici:request:error'],
  ['http.client.request.start', 'http.client.response.finish', 'http.client.request.error'],
] as const;

function countRequests(): () => number {
  const inFlight = new Set<unknown>();
  const requestOf = (message: unknown): unknown => (message as { request?: unknown }).request;
  for (const [begin, ...ends] of REQUEST_EVENTS) {
    subscribe(begin, (message) => inFlight.add(requestOf(message)));
    for (const end of ends) subscribe(end, (message) => inFlight.delete(requestOf(message)));
  }
  // A request that was destroyed before it was sent tells nothing more.
  return () => [...inFlight].filter((request) => !isDestroyed(request)).length;
}

function isDestroyed(request: unknown): boolean {
  const { destroyed, aborted } = request as { destroyed?: boolean; aborted?: boolean };
  return destroyed === true || aborted === true;
}
