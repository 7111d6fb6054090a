/**
 * A bare node:http server: what answers behind the yardstick's proxy, and whose memory is compared. Answers as the
 * function of the rows does: `?wait=100` after 100 ms, `?bytes=1048576` with 1 MB.
 */
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { announce } from './announce.ts';

const server = createServer((request, response) => {
  request.resume();
  request.on(
    'end',
    () => void answer(new URL(request.url ?? '/', 'http://localhost').searchParams, response),
  );
});

async function answer(query: URLSearchParams, response: import('node:http').ServerResponse): Promise<void> {
  const wait = query.get('wait');
  const bytes = query.get('bytes');
  if (wait) await setTimeout(Number(wait));
  const body = bytes ? 'x'.repeat(Number(bytes)) : 'hello';
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

announce(server);
