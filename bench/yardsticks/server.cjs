// A bare node:http server: what answers behind the yardstick's proxy, and whose memory is compared. Answers as the
// function of the rows does: `?wait=100` after 100 ms, `?bytes=1048576` with 1 MB. CommonJS, because the module loader
// and a type stripper would add 14 and 30 MB: this is to be as little as a Node server can be.
const { createServer } = require('node:http');
const { announce } = require('./announce.cjs');

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => answer(new URL(request.url, 'http://localhost').searchParams, response));
});

function answer(query, response) {
  const wait = query.get('wait');
  const bytes = query.get('bytes');
  const body = bytes ? 'x'.repeat(Number(bytes)) : 'hello';
  const send = () => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  if (wait) setTimeout(send, Number(wait));
  else send();
}

announce(server);
