/** S3 for the command line: through the same port as every other client, signed, streamed. */
import { Agent } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { decodeEventKey } from '../../gateway/s3/events.ts';
import { parseXml } from '../../gateway/s3/xml.ts';
import type { XmlNode } from '../../gateway/s3/xml.ts';
import { encodePath, encodeText } from '../../gateway/aws/uri.ts';
import { FaasError, type ErrorCode } from '../../runtime/core/errors.ts';
import { readText, send } from '../client/http.ts';
import type { S3Address } from './address.ts';
import { signedHeaders, type Keys } from './sign.ts';

export interface ListedObject {
  key: string;
  size: number;
  modifiedAt: string;
}

export interface Listing {
  objects: ListedObject[];
  /** Groups of keys, where the listing is not recursive. */
  prefixes: string[];
}

interface Request {
  method?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array | string | NodeJS.ReadableStream;
}

export class S3Client {
  readonly #endpoint: string;
  readonly #keys: Keys;
  readonly #region: string;
  readonly #agent = new Agent({ keepAlive: true, timeout: 1000, maxSockets: 8 });

  constructor(endpoint: string, keys: Keys, region: string) {
    this.#endpoint = endpoint;
    this.#keys = keys;
    this.#region = region;
  }

  async buckets(): Promise<{ name: string; createdAt: string }[]> {
    const root = parseXml(await readText(await this.#send('/')), 'ListAllMyBucketsResult');
    return root
      .children('Buckets')
      .flatMap((node) => node.children('Bucket'))
      .map((node) => ({ name: node.text('Name') ?? '', createdAt: node.text('CreationDate') ?? '' }));
  }

  async createBucket(bucket: string): Promise<void> {
    (await this.#send(`/${bucket}`, { method: 'PUT' })).resume();
  }

  async deleteBucket(bucket: string): Promise<void> {
    (await this.#send(`/${bucket}`, { method: 'DELETE' })).resume();
  }

  /** Page after page, so that a bucket of any size takes no memory. */
  async *list({ bucket, key }: S3Address, recursive: boolean): AsyncGenerator<Listing> {
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        'encoding-type': 'url',
        prefix: key,
        ...(recursive ? {} : { delimiter: '/' }),
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const page = parseXml(await readText(await this.#send(`/${bucket}`, { query })), 'ListBucketResult');
      yield {
        objects: page.children('Contents').map(readObject),
        prefixes: page.children('CommonPrefixes').map((node) => decodeEventKey(node.text('Prefix') ?? '')),
      };
      token = page.text('NextContinuationToken');
    } while (token !== undefined);
  }

  get(address: S3Address): Promise<IncomingMessage> {
    return this.#send(pathOf(address));
  }

  async put(address: S3Address, body: NodeJS.ReadableStream, size: number | undefined): Promise<void> {
    const headers: Record<string, string> = size === undefined ? {} : { 'content-length': String(size) };
    (await this.#send(pathOf(address), { method: 'PUT', body, headers })).resume();
  }

  async copy(from: S3Address, to: S3Address): Promise<void> {
    const headers = { 'x-amz-copy-source': pathOf(from) };
    await readText(await this.#send(pathOf(to), { method: 'PUT', headers }));
  }

  async delete(address: S3Address): Promise<void> {
    (await this.#send(pathOf(address), { method: 'DELETE' })).resume();
  }

  /** What a failed request says is thrown as an error of ours. */
  async #send(path: string, { method = 'GET', query = {}, headers = {}, body }: Request = {}) {
    const search = Object.entries(query)
      .map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`)
      .join('&');
    const target = search === '' ? path : `${path}?${search}`;
    // Given as text: a URL object would resolve the dots in a key.
    const url = new URL(this.#endpoint);
    const response = await send({
      url,
      path: target,
      method,
      headers: signedHeaders({ method, target, host: url.host, headers, region: this.#region }, this.#keys),
      agent: this.#agent,
      ...(body === undefined ? {} : { body }),
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw refusal(status, await readText(response), decodeURIComponent(path));
  }
}

const pathOf = ({ bucket, key }: S3Address): string => `/${bucket}/${encodePath(key)}`;

const readObject = (node: XmlNode): ListedObject => ({
  key: decodeEventKey(node.text('Key') ?? ''),
  size: Number(node.text('Size')),
  modifiedAt: node.text('LastModified') ?? '',
});

const CODES: Record<string, ErrorCode> = { NoSuchBucket: 'BucketNotFound', NoSuchKey: 'ObjectNotFound' };
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  BucketNotFound: 'faas s3 ls lists the buckets, faas s3 mb s3://BUCKET makes one',
  ObjectNotFound: 'faas s3 ls s3://BUCKET/ lists the keys',
};

function refusal(status: number, text: string, path: string): FaasError {
  const node = text.includes('<Error>') ? parseXml(text, 'Error') : undefined;
  const name = node?.text('Code') ?? `status ${status}`;
  const code = CODES[name] ?? 'S3Refused';
  const remedy = REMEDIES[code];
  return new FaasError(code, node?.text('Message') ?? `the S3 endpoint answered with status ${status}`, {
    got: `${name} for ${path}`,
    ...(remedy !== undefined && { remedy }),
  });
}
