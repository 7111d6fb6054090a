/** A `multipart/form-data` body: its fields, and its file as a stream. */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { BusboyInstance } from '@fastify/busboy';
import { AwsError } from '../aws/errors.ts';
import type { FormFields } from '../aws/post-signature.ts';

export interface Form {
  /** Those before the file; later ones do not count, as on S3. */
  fields: FormFields;
  filename: string;
  /** Throws when the form ends before the file does. */
  file: AsyncIterable<Uint8Array>;
  /** Resolves when what comes after the file is read, so that the connection can be used again. */
  finished: Promise<void>;
  /** Stops reading. Harmless when all was read. */
  close(): void;
}

const LIMITS = { fieldSize: 1024 * 1024, fields: 1000, parts: 1001, files: 1, headerPairs: 100 };
const MAX_FIELDS_BYTES = 2 * 1024 * 1024;

/** Throws MalformedPOSTRequest, or InvalidArgument when there is no file. */
export async function readForm(body: AsyncIterable<Uint8Array>, headers: IncomingHttpHeaders): Promise<Form> {
  const parser = parserFor(headers);
  const input = Readable.from(body);
  const fields = new Map<string, string>();
  let bytes = 0;
  const finished = Promise.withResolvers<void>();
  // Whoever waits for the file learns of an error there.
  finished.promise.catch(() => undefined);
  const found = Promise.withResolvers<Form>();
  let file: Readable | undefined;

  const fail = (error: unknown): void => {
    const told = asAwsError(error);
    found.reject(told);
    finished.reject(told);
    file?.destroy(told);
    input.unpipe(parser);
    input.destroy();
  };
  parser.on('field', (name: string | undefined, value, _nameTruncated, truncated) => {
    // A part without a name, which the parser's types deny.
    if (name === undefined) return fail(new AwsError('MalformedPOSTRequest'));
    bytes += name.length + value.length;
    if (truncated || bytes > MAX_FIELDS_BYTES) return fail(new AwsError('MaxMessageLengthExceeded'));
    const key = name.toLowerCase();
    if (!file && !fields.has(key)) fields.set(key, value);
  });
  parser.on('file', (_name, stream, filename) => {
    file = stream;
    // The parser tells of a form that ends too early in an event: only destroying makes a reader see it.
    stream.on('error', fail);
    const close = (): void => {
      if (!input.readableEnded) fail(new AwsError('IncompleteBody'));
    };
    found.resolve({
      fields,
      filename: filename ?? '',
      file: fileOf(stream),
      finished: finished.promise,
      close,
    });
  });
  parser.on('error', fail);
  parser.on('finish', () => {
    finished.resolve();
    found.reject(noFile());
  });
  input.on('error', fail);
  input.pipe(parser);
  return found.promise;
}

function parserFor(headers: IncomingHttpHeaders): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      limits: LIMITS,
      fileHwm: 256 * 1024,
      // Some clients give every field a file name, and some give the file none.
      isPartAFile: (name) => name?.toLowerCase() === 'file',
    });
  } catch (cause) {
    throw asAwsError(cause);
  }
}

async function* fileOf(stream: Readable): AsyncIterable<Uint8Array> {
  try {
    yield* stream;
  } catch (cause) {
    throw asAwsError(cause);
  }
}

const noFile = (): AwsError =>
  new AwsError('InvalidArgument', 'POST requires exactly one file upload per request.', {
    ArgumentName: 'file',
    ArgumentValue: '0',
  });

/** The parser's own errors are about the body's form. */
const asAwsError = (error: unknown): AwsError =>
  error instanceof AwsError ? error : new AwsError('MalformedPOSTRequest');
