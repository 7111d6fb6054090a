import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headerOf, HttpConnection } from '../../../bench/load/http-connection.ts';

describe('the bench’s HTTP connection, against bytes as servers send them', () => {
  let answer: (socket: Socket) => void;
  let asked: string;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      asked += chunk.toString();
      answer(socket);
    });
  });
  let connection: HttpConnection;

  beforeEach(async () => {
    asked = '';
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = await HttpConnection.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    connection.close();
    server.close();
    await once(server, 'close');
  });

  const OK = 'HTTP/1.1 200 OK\r\n';
  test.each([
    { name: 'a length', bytes: [`${OK}content-length: 5\r\n\r\nhello`], body: 'hello' },
    {
      name: 'a length, in pieces',
      bytes: [`${OK}Content-Le`, 'ngth: 5\r\n\r', '\nhe', 'llo'],
      body: 'hello',
    },
    { name: 'no body', bytes: [`${OK}content-length: 0\r\n\r\n`], body: '' },
    {
      name: 'chunks',
      bytes: [`${OK}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`],
      body: 'hello',
    },
    {
      name: 'chunks, in pieces',
      bytes: [`${OK}transfer-encoding: chunked\r\n\r\n`, '3\r\nh', 'el\r\n2\r\nlo', '\r\n0\r\n', '\r\n'],
      body: 'hello',
    },
  ])('$name', async ({ bytes, body }) => {
    answer = (socket) => void inPieces(socket, bytes);
    const received = await connection.send(connection.prepare({ path: '/x' }));
    expect(received.status).toBe(200);
    expect(received.body.toString()).toBe(body);
    expect(received.ms).toBeGreaterThan(0);
    expect(asked).toMatch(/^GET \/x HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n\r\n$/);
  });

  test('one answer after the other, and headers by their name', async () => {
    let count = 0;
    answer = (socket) =>
      void socket.write(`HTTP/1.1 418 I'm a teapot\r\nX-Count: ${++count}\r\ncontent-length: 0\r\n\r\n`);
    const request = connection.prepare({ path: '/' });
    const first = await connection.send(request);
    const second = await connection.send(request);
    expect([first, second].map((one) => [one.status, headerOf(one, 'x-count')])).toEqual([
      [418, '1'],
      [418, '2'],
    ]);
    expect(headerOf(first, 'x-none')).toBeUndefined();
  });

  test('a large body is awaited to its end and only its beginning kept', async () => {
    const size = 3_000_000;
    answer = (socket) => void socket.write(`${OK}content-length: ${size}\r\n\r\n${'x'.repeat(size)}`);
    const request = connection.prepare({ path: '/' });
    for (let turn = 0; turn < 2; turn++) {
      const received = await connection.send(request);
      expect([received.status, received.body.length < size]).toEqual([200, true]);
    }
    answer = (socket) => void socket.write(`${OK}content-length: 2\r\n\r\nok`);
    expect((await connection.send(request)).body.toString()).toBe('ok');
  });

  test('a body is sent with its length', async () => {
    answer = (socket) => void (asked.endsWith('hello') && socket.write(`${OK}content-length: 0\r\n\r\n`));
    await connection.send(connection.prepare({ method: 'POST', path: '/', body: Buffer.from('hello') }));
    expect(asked).toContain('content-length: 5\r\n\r\nhello');
  });

  test('a server that hangs up before it has answered is a failure', async () => {
    answer = (socket) => void socket.end(`${OK}content-length: 5\r\n\r\nhel`);
    await expect(connection.send(connection.prepare({ path: '/' }))).rejects.toThrow('closed');
  });
});

/** Each piece once the one before has left: two writes at once may arrive as one. */
async function inPieces(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((sent) => socket.write(piece, sent));
    await new Promise((turn) => setImmediate(turn));
  }
}
