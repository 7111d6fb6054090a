/** What every AWS-shaped service gets: the request as sent, and who sent it as far as the socket tells. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { AwsError } from './errors.ts';
import type { Query } from './uri.ts';

export interface AwsRequest {
  readonly method: string;
  /** The path as sent, still escaped. */
  readonly rawPath: string;
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  /** Name and value alternating, as received: what signatures are computed from. */
  readonly rawHeaders: readonly string[];
  /** `photos` when the Host was `photos.localhost:4566`. */
  readonly virtualHost: string | undefined;
  readonly sourceIp: string;
  /** It came over TLS. */
  readonly secure?: boolean;
  /** It came over loopback, to a port bound there: the only place where unsigned requests have rights. */
  readonly local: boolean;
}

export interface AwsReply {
  status: number;
  headers?: OutgoingHttpHeaders;
  /** A source needs a `content-length` header. */
  body?: string | Uint8Array | ByteSource;
}

/** A body that is too much for memory. */
export interface ByteSource {
  /** Gives its bytes to `write`, one chunk at a time; a chunk's memory is used again once `write` resolved. */
  sendTo(write: (chunk: Uint8Array) => Promise<void>): Promise<void>;
  /** To be called in every case. */
  close(): Promise<void>;
}

/** One request and its one answer. */
export interface Exchange {
  readonly request: AwsRequest;
  /**
   * The body, once. A client that waits for `100 Continue` gets it here, so that a request refused before
   * this call costs no upload.
   */
  body(): AsyncIterable<Uint8Array>;
  /** Tells of the bytes of both bodies, each time before they are given on. */
  onBytes(listener: (bytes: number) => void): void;
  /** Resolves when the answer is sent, or the client is gone. */
  send(reply: AwsReply): Promise<void>;
}

/** A service behind the AWS endpoint. Both answer the exchange in every case, their own failures included. */
export interface AwsService {
  handle(exchange: Exchange): Promise<void>;
  /** The answer, in this service's notation, to a request that did not get as far as `handle`. */
  refuse(exchange: Exchange, error: AwsError): Promise<void>;
}
