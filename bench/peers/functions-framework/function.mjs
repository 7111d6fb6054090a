import { setTimeout } from 'node:timers/promises';

export const hello = async (request, response) => {
  if (request.query.wait) await setTimeout(Number(request.query.wait));
  response.type('text/plain').send('hello');
};
