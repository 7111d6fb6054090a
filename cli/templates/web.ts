import { manifest, type Template } from './template.ts';

export const web: Template = {
  summary: 'a Hono app with routes of its own',
  dependencies: true,
  triggers: (name) => `[{ http: 'ANY /${name}' }, { http: 'ANY /${name}/*' }]`,
  tryIt: (name) =>
    `curl -d '{"title":"buy milk"}' -H 'content-type: application/json' http://127.0.0.1:4000/${name}/notes`,
  files: (name) => ({
    'package.json': manifest(name, { hono: '^4.13.0' }),
    'index.js': `import { Hono } from 'hono';

const app = new Hono().basePath('/${name}');

// Lives as long as this sandbox: a second one has its own.
const notes = [];

app.get('/notes', (c) => c.json(notes));

app.post('/notes', async (c) => {
  const { title } = await c.req.json();
  notes.push({ id: notes.length + 1, title });
  return c.json(notes.at(-1), 201);
});

export default app;
`,
  }),
};
