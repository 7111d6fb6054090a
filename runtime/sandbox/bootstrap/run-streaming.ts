import { finished } from 'node:stream';
import type { ContextData } from './context.ts';
import type { LambdaHandler } from './handler.ts';
import type { LoopWatch } from './loop.ts';
import { DELIMITER, HTTP_INTEGRATION, ResponseStream } from './streaming.ts';
import { encodeBody, isHttpEvent, type HttpAnswer } from './web-event.ts';

/**
 * Runs a streaming handler and gives its answer when it is complete, as Lambda does to a caller that does not stream: what
 * was written with a prelude, or for an HTTP event, as an answer in payload format 2.0, else the JSON or text itself.
 */
export async function runStreaming(
  handler: LambdaHandler,
  event: unknown,
  context: ContextData,
  loop: LoopWatch,
): Promise<unknown> {
  const stream = new ResponseStream();
  await new Promise<void>((resolve, reject) => {
    loop.onDrained(() => reject(new Error('Response stream is not finished.')));
    let returned = false;
    finished(stream, (error) => {
      if (error) reject(error);
      else if (returned) resolve();
    });
    const promise = handler(event, stream, context);
    if (!(promise instanceof Promise)) throw new Error('Streaming does not support non-async handlers.');
    promise.then(() => {
      returned = true;
      if (stream.writableFinished) resolve();
    }, reject);
  });
  return toAnswer(stream.collected(), stream.contentType, isHttpEvent(event));
}

/** @internal */
export function toAnswer(bytes: Buffer, contentType: string | undefined, forHttp: boolean): unknown {
  if (contentType === HTTP_INTEGRATION) return withPrelude(bytes);
  if (forHttp) {
    const headers = { 'content-type': contentType ?? 'application/octet-stream' };
    return { statusCode: 200, headers, ...encodeBody(bytes, new Headers(headers)) } satisfies HttpAnswer;
  }
  const text = bytes.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function withPrelude(bytes: Buffer): HttpAnswer {
  const end = bytes.indexOf(DELIMITER);
  if (end < 0) throw new Error('The prelude of the HTTP response was never written.');
  // Written by the function, read by the gateway, which checks it as it checks every answer.
  const prelude = JSON.parse(bytes.toString('utf8', 0, end)) as Partial<HttpAnswer>;
  const headers = new Headers(prelude.headers);
  const body = encodeBody(bytes.subarray(end + DELIMITER.length), headers);
  return { statusCode: 200, headers: {}, ...prelude, ...body };
}
