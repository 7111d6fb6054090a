import { manifest, type Template } from './template.ts';

export const s3: Template = {
  summary: 'runs when an object is uploaded',
  dependencies: false,
  triggers: () => `[{ s3: { bucket: 'uploads', events: ['ObjectCreated:*'] } }]`,
  tryIt: () => `echo hello | curl -T - http://127.0.0.1:4566/uploads/hello.txt`,
  files: (name) => ({
    'package.json': manifest(name),
    'index.js': `export const handler = async (event) => {
  for (const { eventName, s3 } of event.Records) {
    // Keys are encoded as in a form: a space is '+'.
    const key = decodeURIComponent(s3.object.key.replaceAll('+', ' '));
    console.log(\`\${eventName} \${s3.bucket.name}/\${key}, \${s3.object.size} bytes\`);
  }
};
`,
  }),
};
