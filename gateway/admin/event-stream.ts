/**
 * GET /api/events: what happens, as it happens, as server-sent events.
 *
 * A reader that falls behind costs memory, so there is a bound: past it the reader is told and let go, and
 * reads what it missed from /api/logs and /api/records.
 */
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Handler } from 'hono';
import type { Runtime, RuntimeEvents } from '../../runtime/api.ts';
import type { AdminEnv } from './access.ts';
import { functionView } from './views.ts';

export interface EventStreams {
  handler: Handler<AdminEnv>;
  /** Ends every open stream; an open stream would hold the server for ever. */
  close(): void;
}

export interface EventStreamOptions {
  /** Where HTTP triggers are served, for the addresses of deployed functions. */
  url: string;
  heartbeatMs?: number;
  /** What may wait in one reader's line. */
  maxBufferedBytes?: number;
}

const HEARTBEAT_MS = 15_000;
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

export function createEventStreams(runtime: Runtime, options: EventStreamOptions): EventStreams {
  const { heartbeatMs = HEARTBEAT_MS, maxBufferedBytes = MAX_BUFFERED_BYTES, url } = options;
  const open = new Set<ServerResponse>();

  function stream(outgoing: ServerResponse, only: string | undefined): void {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (event: string, data: unknown): void => {
      if (outgoing.writableEnded) return;
      outgoing.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (outgoing.writableLength <= maxBufferedBytes) return;
      outgoing.end(
        `event: dropped\ndata: {"reason":"this reader fell more than ${maxBufferedBytes} bytes behind"}\n\n`,
      );
    };
    const unsubscribe = subscribe(runtime, only, url, send);
    const heartbeat = setInterval(() => outgoing.write(': still here\n\n'), heartbeatMs);
    heartbeat.unref();
    open.add(outgoing);
    const release = (): void => {
      open.delete(outgoing);
      clearInterval(heartbeat);
      unsubscribe();
    };
    outgoing.once('close', release).once('finish', release);
    send('open', { sessionId: runtime.sessionId });
  }

  return {
    handler: (context) => {
      stream(context.env.outgoing, context.req.query('function'));
      return RESPONSE_ALREADY_SENT;
    },
    close() {
      for (const outgoing of open) outgoing.end();
    },
  };
}

function subscribe(
  { events }: Runtime,
  only: string | undefined,
  url: string,
  send: (event: string, data: unknown) => void,
): () => void {
  const wanted = (name: string): boolean => only === undefined || only === name;
  const listeners: { [Event in keyof RuntimeEvents]: (...data: RuntimeEvents[Event]) => void } = {
    record: (record) => wanted(record.function) && send('record', record),
    log: (line) => wanted(line.function) && send('log', line),
    deployed: (deployed) => wanted(deployed.settings.name) && send('deployed', functionView(deployed, url)),
    removed: (name) => wanted(name) && send('removed', { name }),
  };
  events.on('record', listeners.record).on('log', listeners.log);
  events.on('deployed', listeners.deployed).on('removed', listeners.removed);
  return () => {
    events.off('record', listeners.record).off('log', listeners.log);
    events.off('deployed', listeners.deployed).off('removed', listeners.removed);
  };
}
