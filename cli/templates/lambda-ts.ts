import { manifest, type Template } from './template.ts';

export const lambdaTs: Template = {
  summary: 'an AWS Lambda handler in TypeScript, for HTTP',
  dependencies: false,
  triggers: (name) => `[{ http: 'POST /${name}' }]`,
  tryIt: (name) => `curl -d '{"numbers":[1,2,3]}' http://127.0.0.1:4000/${name}`,
  files: (name) => ({
    'package.json': manifest(name),
    'index.ts': `/** API Gateway payload format 2.0, as far as this function reads it. */
interface HttpEvent {
  body?: string;
  isBase64Encoded: boolean;
}

interface HttpResult {
  statusCode: number;
  headers?: Record<string, string>;
  body: string;
}

export const handler = async (event: HttpEvent): Promise<HttpResult> => {
  const numbers = readNumbers(event);
  if (!numbers) return answer(400, { error: 'expected {"numbers": [1, 2, 3]}' });
  return answer(200, { sum: numbers.reduce((sum, number) => sum + number, 0) });
};

function readNumbers({ body = '', isBase64Encoded }: HttpEvent): number[] | undefined {
  try {
    const { numbers } = JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
    return Array.isArray(numbers) && numbers.every((number) => typeof number === 'number') ? numbers : undefined;
  } catch {
    return undefined;
  }
}

const answer = (statusCode: number, body: unknown): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
`,
  }),
};
