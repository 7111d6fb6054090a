/** A reverse proxy as one writes it with node:http alone: connections kept, bodies streamed, nothing looked at. */
import { Agent, createServer, request } from 'node:http';
import { announce } from './announce.ts';

const upstream = new URL(process.argv[2] ?? '');
const agent = new Agent({ keepAlive: true });

const server = createServer((incoming, outgoing) => {
  const { method, url: path, headers } = incoming;
  const onward = request(
    { host: upstream.hostname, port: upstream.port, agent, method, path, headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(onward);
});

announce(server);
