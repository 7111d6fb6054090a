/** A `multipart/form-data` body: its fields, and its file as a stream. */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import busboy from 'busboy';
import { AwsError } from '../aws/errors.ts';
import type { FormFields } from '../aws/post-signature.ts';

export interface Form {
  /** Those before the file; later ones do not count, as on S3. */
  fields: FormFields;
  filename: string;
  /** Throws when the form ends before the file does. */
  file: AsyncIterable<Uint8Array>;
  /** Reads what comes after the file, so that the connection can be used again. */
  finish(): Promise<void>;
}

const LIMITS = { fieldSize: 1024 * 1024, fields: 1000, parts: 1001, files: 1, headerPairs: 100 };
const MAX_FIELDS_BYTES = 2 * 1024 * 1024;

/** Throws MalformedPOSTRequest or InvalidArgument when there is no file. */
export async function readForm(body: AsyncIterable<Uint8Array>, headers: IncomingHttpHeaders): Promise<Form> {
  const parser = parserFor(headers);
  const fields = new Map<string, string>();
  let bytes = 0;
  parser.on('field', (name, value, { valueTruncated, nameTruncated }) => {
    bytes += name.length + value.length;
    if (valueTruncated || nameTruncated || bytes > MAX_FIELDS_BYTES)
      parser.destroy(new AwsError('MaxMessageLengthExceeded'));
    const key = name.toLowerCase();
    if (!fields.has(key)) fields.set(key, value);
  });
  const input = Readable.from(body);
  // What the parser makes of a broken body is what counts, not how the stream that fed it ended.
  input.on('error', (error) => parser.destroy(error));
  const closed = once(parser, 'close');
  closed.catch(() => undefined);
  const found = new Promise<Form>((resolve, reject) => {
    parser.on('file', (name, stream, { filename }) => {
      if (name.toLowerCase() !== 'file') stream.resume();
      else {
        resolve({
          fields: new Map(fields),
          filename: filename ?? '',
          file: fileOf(stream),
          finish: async () => void (await closed.catch(() => undefined)),
        });
      }
    });
    parser.once('error', (error) => reject(asAwsError(error)));
    parser.once('close', () => reject(noFile()));
  });
  input.pipe(parser);
  return found;
}

function parserFor(headers: IncomingHttpHeaders) {
  try {
    return busboy({ headers, limits: LIMITS, defParamCharset: 'utf8', fileHwm: 256 * 1024 });
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
