import { manifest, type Template } from './template.ts';

export const http: Template = {
  summary: 'answers HTTP requests, Web style: Request in, Response out',
  dependencies: false,
  triggers: (name) => `[{ http: 'GET /${name}/:who' }, { http: 'GET /${name}' }]`,
  tryIt: (name) => `curl http://127.0.0.1:4000/${name}/Ada`,
  files: (name) => ({
    'package.json': manifest(name),
    'index.js': `export default {
  fetch(request) {
    const [, , who = 'world'] = new URL(request.url).pathname.split('/');
    return Response.json({ message: \`Hello, \${decodeURIComponent(who)}!\` });
  },
};
`,
  }),
};
