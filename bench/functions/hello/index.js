import { setTimeout } from 'node:timers/promises';

/** Two lines: the function of every row. `?wait=100` makes it take 100 ms, `?bytes=1048576` makes its answer 1 MB. */
export const handler = async ({ queryStringParameters: { wait, bytes } = {} }) => {
  if (wait) await setTimeout(Number(wait));
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/plain' },
    body: bytes ? 'x'.repeat(Number(bytes)) : 'hello',
  };
};
