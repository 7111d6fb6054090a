/** What Lambda gives functions to stream their answer with. */
import { Writable } from 'node:stream';
import { checkSize } from './answer.ts';
import type { LambdaHandler } from './handler.ts';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
export const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';
/** Between the prelude, which is JSON, and the body. */
export const DELIMITER = Buffer.alloc(8);

/** Lambda's global: marks handlers that write their answer to a stream. */
export const awslambda = {
  streamifyResponse<T extends object>(handler: T): T {
    return Object.assign(handler, { [STREAMING]: 'response' });
  },
  HttpResponseStream: {
    /** Status, headers and cookies, to be written before the first byte of the body. */
    from(stream: ResponseStream, prelude: unknown): ResponseStream {
      stream.setContentType(HTTP_INTEGRATION);
      stream._onBeforeFirstWrite = (write) => {
        write(Buffer.from(JSON.stringify(prelude)));
        write(DELIMITER);
      };
      return stream;
    },
  },
};

export function isStreaming(handler: LambdaHandler): boolean {
  return STREAMING in handler;
}

/** Collects what is written, up to the size an answer may have. */
export class ResponseStream extends Writable {
  contentType: string | undefined;
  _onBeforeFirstWrite: ((write: (chunk: Uint8Array) => void) => void) | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  setContentType(type: string): void {
    this.contentType = type;
  }

  /** As Lambda's: what is neither text nor bytes is written as JSON. */
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const isPlain = typeof chunk === 'string' || chunk instanceof Uint8Array;
    const write = super.write.bind(this) as (chunk: unknown, ...rest: unknown[]) => boolean;
    return write(isPlain ? chunk : JSON.stringify(chunk), ...rest);
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error) => void): void {
    this.#attempt(() => this.#keep(chunk), callback);
  }

  override _final(callback: (error?: Error) => void): void {
    this.#attempt(() => this.#begin(), callback);
  }

  collected(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #begin(): void {
    const before = this._onBeforeFirstWrite;
    this._onBeforeFirstWrite = undefined;
    before?.((prelude) => this.#keep(Buffer.from(prelude)));
  }

  #keep(chunk: Buffer): void {
    this.#begin();
    this.#bytes += chunk.length;
    checkSize(this.#bytes);
    this.#chunks.push(chunk);
  }

  #attempt(step: () => void, callback: (error?: Error) => void): void {
    try {
      step();
      callback();
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
