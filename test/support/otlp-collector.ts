/** An OTLP collector that keeps what it gets. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  links: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

interface ExportRequest {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: CollectedSpan[] }[] }[];
}

export interface Collector {
  url: string;
  spans: CollectedSpan[];
  resource: Attribute[];
  headers: Record<string, unknown>[];
  /** Resolves when so many spans came. */
  atLeast(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startCollector(status = 200): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const resource: Attribute[] = [];
  const headers: Record<string, unknown>[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      headers.push({ ...request.headers, path: request.url });
      const { resourceSpans } = JSON.parse(body) as ExportRequest;
      for (const one of resourceSpans) {
        resource.push(...one.resource.attributes);
        spans.push(...one.scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      arrived.resolve();
      arrived = Promise.withResolvers();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    resource,
    headers,
    async atLeast(count) {
      while (spans.length < count) await arrived.promise;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
