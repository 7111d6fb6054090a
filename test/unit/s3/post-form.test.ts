import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../gateway/aws/errors.ts';
import { readForm } from '../../../gateway/s3/post-form.ts';

const HEADERS = { 'content-type': 'multipart/form-data; boundary=xyz' };

const part = (name: string, value: string | Buffer, more = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`--xyz\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
const END = Buffer.from('--xyz--\r\n');
const form = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, END]);

/** In pieces of that many bytes, each in a turn of its own. */
async function* pieces(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await setImmediate();
    yield bytes.subarray(at, at + size);
  }
}

async function collect(file: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function read(bytes: Buffer, size = 7) {
  const { fields, filename, file, finished } = await readForm(pieces(bytes, size), HEADERS);
  const content = await collect(file);
  await finished;
  return { fields: Object.fromEntries(fields), filename, content };
}

const FILE = Buffer.from([0, 255, 13, 10, 45, 45, 120, 121, 13, 10, 200]);

test.each([1, 2, 7, 64, 1e6])('a form in pieces of %i bytes is read as it was sent', async (size) => {
  const body = form(part('Key', 'ü/${filename}'), part('file', FILE, '; filename="a/b.bin"'));
  expect(await read(body, size)).toEqual({
    fields: { key: 'ü/${filename}' },
    filename: 'b.bin',
    content: FILE,
  });
});

test('fields with file names are fields, and a file needs none', async () => {
  const body = form(part('key', 'a', '; filename="key"'), part('file', FILE));
  expect(await read(body)).toEqual({ fields: { key: 'a' }, filename: '', content: FILE });
});

test('what comes after the file does not count, and of two fields the first does', async () => {
  const body = form(part('a', '1'), part('A', '2'), part('file', 'x'), part('b', '3'), part('file', 'y'));
  expect(await read(body)).toEqual({ fields: { a: '1' }, filename: '', content: Buffer.from('x') });
});

describe('is refused:', () => {
  const code = (bytes: Buffer, headers = HEADERS): Promise<string> =>
    readForm(pieces(bytes, 1000), headers)
      .then(async ({ file, finished }) => {
        await collect(file);
        await finished;
        return 'accepted';
      })
      .catch((error: unknown) => (error instanceof AwsError ? error.code : String(error)));

  test('a form without a file', async () => {
    expect(await code(form(part('key', 'a')))).toBe('InvalidArgument');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['garbage', Buffer.from('garbage')],
    [
      'a part without a name',
      form(Buffer.from('--xyz\r\nContent-Disposition: form-data\r\n\r\nv\r\n'), part('key', 'a')),
    ],
    ['a form cut off in a field', part('key', 'abc').subarray(0, 60)],
    ['a form cut off in the file', Buffer.concat([part('key', 'a'), part('file', FILE)]).subarray(0, -6)],
    ['a form cut off before its end', Buffer.concat([part('key', 'a'), part('file', FILE)])],
  ])('%s', async (_name, body) => {
    expect(await code(body)).toMatch(/MalformedPOSTRequest|InvalidArgument/);
  });

  test('a type without a boundary', async () => {
    expect(await code(form(part('file', 'x')), { 'content-type': 'multipart/form-data' })).toBe(
      'MalformedPOSTRequest',
    );
  });

  test('fields of too many bytes', async () => {
    expect(await code(form(part('a', 'x'.repeat(1_100_000)), part('file', 'x')))).toBe(
      'MaxMessageLengthExceeded',
    );
  });

  test('a connection that breaks', async () => {
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.concat([part('key', 'a'), part('file', FILE).subarray(0, 60)]);
      await setImmediate();
      throw new AwsError('IncompleteBody');
    }
    const { file } = await readForm(broken(), HEADERS);
    await expect(collect(file)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});

test('a form that is given up is read no further', async () => {
  let taken = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    yield part('file', 'x').subarray(0, -2);
    for (;;) {
      taken += 1;
      await setImmediate();
      yield Buffer.alloc(64 * 1024);
    }
  }
  const given = await readForm(endless(), HEADERS);
  given.close();
  await expect(given.finished).rejects.toMatchObject({ code: 'IncompleteBody' });
  const before = taken;
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  expect(taken - before).toBeLessThanOrEqual(1);
});

test('any bytes at all end in a form or in a refusal', async () => {
  const token = fc.constantFrom(
    '--xyz',
    '--xyz--',
    '\r\n',
    '\r\n\r\n',
    'Content-Disposition: form-data; name="key"',
    'Content-Disposition: form-data; name="file"; filename="a"',
    'Content-Disposition: form-data',
    'Content-Type: text/plain; charset=nonsense',
    'abc',
    '\0',
  );
  const surprises: unknown[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(token, { maxLength: 20 }),
      fc.integer({ min: 1, max: 40 }),
      async (tokens, size) => {
        const outcome = await read(Buffer.from(tokens.join('')), size).catch((error: unknown) => error);
        if (outcome instanceof Error && !(outcome instanceof AwsError)) surprises.push(outcome);
      },
    ),
    { numRuns: 1000 },
  );
  expect(surprises).toEqual([]);
});
