// A reverse proxy as one writes it with node:http alone: connections kept, bodies streamed, nothing looked at.
const { Agent, createServer, request } = require('node:http');
const { announce } = require('./announce.cjs');

const { hostname: host, port } = new URL(process.argv[2]);
const agent = new Agent({ keepAlive: true });

const server = createServer((incoming, outgoing) => {
  const { method, url: path, headers } = incoming;
  const onward = request({ host, port, agent, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(onward);
});

announce(server);
