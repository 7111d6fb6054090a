import { setTimeout } from 'node:timers/promises';

export const handler = async ({ queryStringParameters }) => {
  if (queryStringParameters?.wait) await setTimeout(Number(queryStringParameters.wait));
  return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' };
};
