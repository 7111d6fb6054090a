import { expect, test } from 'vitest';
import { openWire } from './connection.ts';
import { startEndpoint, triggeredBy } from './endpoint.ts';

const HOST = 'Host: localhost\r\n';

test('a client that waits for 100 Continue is refused before it sends the upload', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  wire.send(`PUT /nowhere/a HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n`);
  const received = await wire.end();
  expect(received).toMatch(/^HTTP\/1\.1 404 .*<Code>NoSuchBucket<\/Code>/s);
  expect(received).not.toContain('100 Continue');
});

test('a client that waits for 100 Continue gets it when the upload is welcome', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  wire.send(`PUT /photos/a HTTP/1.1\r\n${HOST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
  await wire.until('100 Continue');
  wire.send('hello');
  await wire.until('HTTP/1.1 200');
  expect(await (await endpoint.fetch('/photos/a')).text()).toBe('hello');
});

test('after an early error the rest of a small upload is read and the connection serves on', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  wire.send(`PUT /nowhere/a HTTP/1.1\r\n${HOST}Content-Length: 100000\r\n\r\n${'x'.repeat(50_000)}`);
  await wire.until('</Error>');
  wire.send('x'.repeat(50_000));
  wire.send(`GET /photos/none HTTP/1.1\r\n${HOST}\r\n`);
  expect(await wire.until('NoSuchKey')).toContain('NoSuchBucket');
});

test('after an early error a large upload is cut off, its answer received', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  wire.send(`PUT /nowhere/a HTTP/1.1\r\n${HOST}Content-Length: 1000000000\r\n\r\n`);
  await wire.until('</Error>');
  const more = Buffer.alloc(256 * 1024);
  wire.socket.on('drain', () => wire.send(more));
  for (let sent = 0; sent < 8; sent++) wire.send(more);
  expect(await wire.end()).toContain('NoSuchBucket');
});

test('an upload that the client breaks off leaves nothing: no object, no file, no event', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  await using wire = await openWire(endpoint.port);
  wire.send(`PUT /photos/a HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\n\r\n${'x'.repeat(500_000)}`);
  await expect.poll(() => endpoint.blobs()).toHaveLength(1);
  wire.socket.destroy();
  await expect.poll(() => endpoint.blobs()).toEqual([]);
  expect((await endpoint.fetch('/photos/a')).status).toBe(404);
  expect(endpoint.enqueued).toEqual([]);
});

test.each([
  ['a download', 1],
  ['downloads, one waiting behind the other,', 2],
])('%s that the client breaks off closes the file', async (_, downloads) => {
  await using endpoint = await startEndpoint();
  await endpoint.fetch('/photos/a', { method: 'PUT', body: Buffer.alloc(20_000_000) });
  await using wire = await openWire(endpoint.port);
  wire.send(`GET /photos/a HTTP/1.1\r\n${HOST}\r\n`.repeat(downloads));
  await wire.until('\r\n\r\n');
  await endpoint.fetch('/photos/a', { method: 'DELETE' });
  expect(await endpoint.blobs()).toHaveLength(1);
  wire.socket.destroy();
  // The file goes when its last reader does.
  await expect.poll(() => endpoint.blobs()).toEqual([]);
});

test('keys reach the store as they were sent: nothing is normalised', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  for (const path of ['a/../b', './c', 'd//e', '%2e%2e/f']) {
    wire.send(`PUT /photos/${path} HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`);
    await wire.until('\r\n\r\n');
  }
  await expect
    .poll(async () => (await (await endpoint.fetch('/photos')).text()).match(/(?<=<Key>)[^<]+/g))
    .toEqual(['../f', './c', 'a/../b', 'd//e']);
});

test('a body in HTTP chunks is taken like any other', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  wire.send(`PUT /photos/a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`);
  wire.send('3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n');
  await wire.until('HTTP/1.1 200');
  expect(await (await endpoint.fetch('/photos/a')).text()).toBe('abcdefg');
});

test('a bucket may be named by the host', async () => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  const host = `Host: photos.localhost:${endpoint.port}\r\n`;
  wire.send(`PUT /in/a HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\nx`);
  await wire.until('HTTP/1.1 200');
  expect(await (await endpoint.fetch('/photos/in/a')).text()).toBe('x');
});

test.each(['/photos/%ff', '/photos/a?prefix=%zz', '/%'])('%s is refused as no URI', async (path) => {
  await using endpoint = await startEndpoint();
  await using wire = await openWire(endpoint.port);
  wire.send(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
  expect(await wire.until('</Error>')).toMatch(/^HTTP\/1\.1 400 .*<Code>InvalidURI<\/Code>/s);
});
