/** Stands where the Lambda API will be: a refusal that its SDKs can read. */
import type { AwsService, Exchange } from './request.ts';

export const lambdaUnavailable: AwsService = {
  handle: (exchange) =>
    reply(
      exchange,
      501,
      'NotImplemented',
      'The Lambda API is not served here yet; invoke functions with `faas invoke`.',
    ),
  refuse: (exchange, error) => reply(exchange, error.status, error.code, error.message),
};

const reply = (exchange: Exchange, status: number, type: string, message: string): Promise<void> =>
  exchange.send({
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: JSON.stringify({ Type: 'User', message }),
  });
