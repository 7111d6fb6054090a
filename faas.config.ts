import { defineConfig } from 'faas';

const pictures = ['.jpg', '.jpeg', '.png', '.webp'];

export default defineConfig({
  functions: {
    hello: {
      source: './functions/hello',
      triggers: [{ http: 'GET /hello' }, { http: 'GET /hello/:name' }],
    },
    resize: {
      source: './functions/resize',
      memory: 512,
      timeout: '10s',
      triggers: pictures.map((suffix) => ({
        s3: { bucket: 'photos', events: ['ObjectCreated:*'], prefix: 'in/', suffix },
      })),
    },
  },
  buckets: ['photos', 'thumbnails'],
});
