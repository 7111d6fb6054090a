/** Traces of real calls, as a collector gets them. */
import { expect, test, vi } from 'vitest';
import { behaviour, startFaas, workspace } from '../../support/faas.ts';
import { startCollector, type CollectedSpan } from '../../support/otlp-collector.ts';

test('calls arrive at the collector with their phases, after a shutdown too', async () => {
  await using place = await workspace();
  const collector = await startCollector();
  const faas = await startFaas(place.folder, {
    driver: 'process',
    functions: { echo: { source: behaviour('echo') }, throws: { source: behaviour('throws') } },
    telemetry: { otlpEndpoint: collector.url, headers: { 'x-key': 'secret' }, serviceName: 'shop' },
  });
  try {
    const answer = await fetch(`${faas.url}/echo`);
    const requestId = answer.headers.get('x-faas-request-id') ?? '';
    await collector.atLeast(2);
    const root = collector.spans.find(({ name }) => name === 'echo');
    expect(root).toMatchObject({ traceId: requestId.replaceAll('-', ''), kind: 2 });
    const phases = collector.spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
    expect(phases.map(({ name }) => name)).toEqual(expect.arrayContaining(['init', 'handler']));
    expect(phases.every(({ traceId }) => traceId === root?.traceId)).toBe(true);
    expect(attribute(root, 'faas.coldstart')).toEqual({ boolValue: true });
    expect(attribute(root, 'faas.trigger')).toEqual({ stringValue: 'http' });
    expect(collector.headers[0]).toMatchObject({ 'x-key': 'secret', path: '/v1/traces' });
    expect(collector.resource).toContainEqual({ key: 'service.name', value: { stringValue: 'shop' } });

    await fetch(`${faas.url}/throws`);
  } finally {
    await faas.stop();
  }
  const failed = collector.spans.find(({ name }) => name === 'throws');
  expect(failed?.status).toMatchObject({ code: 2 });
  await collector.close();
});

test('a collector that refuses is told of once, and calls go on', async () => {
  await using place = await workspace();
  const collector = await startCollector(400);
  const faas = await startFaas(place.folder, {
    driver: 'process',
    functions: { echo: { source: behaviour('echo') } },
    telemetry: { otlpEndpoint: `${collector.url}/v1/traces` },
  });
  try {
    for (let call = 0; call < 3; call += 1) {
      expect((await fetch(`${faas.url}/echo`)).status).toBe(200);
      await collector.atLeast((call + 1) * 2);
    }
  } finally {
    await faas.stop();
  }
  expect(faas.stderr().match(/traces cannot be sent/g)).toHaveLength(1);
  await collector.close();
});

test('a share of the traces is sent, each whole, where OpenTelemetry’s variables say', async () => {
  await using place = await workspace();
  const collector = await startCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-key=secret');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=test');
  const faas = await startFaas(place.folder, {
    driver: 'process',
    functions: { echo: { source: behaviour('echo') } },
    telemetry: { sampleRate: 0.5 },
  });
  vi.unstubAllEnvs();
  for (let call = 0; call < 60; call += 1) await fetch(`${faas.url}/echo`);
  await faas.stop();
  const roots = collector.spans.filter(({ name }) => name === 'echo');
  // Of 60 fair coins fewer than 5 or more than 55 fall on one side once in 10^11 times.
  expect(roots.length).toBeGreaterThanOrEqual(5);
  expect(roots.length).toBeLessThanOrEqual(55);
  const handlers = collector.spans.filter(({ name }) => name === 'handler');
  expect(new Set(handlers.map(({ traceId }) => traceId))).toEqual(
    new Set(roots.map(({ traceId }) => traceId)),
  );
  expect(collector.headers[0]).toMatchObject({ 'x-key': 'secret' });
  expect(collector.resource).toContainEqual({
    key: 'deployment.environment',
    value: { stringValue: 'test' },
  });
  await collector.close();
});

const attribute = (span: CollectedSpan | undefined, key: string) =>
  span?.attributes.find((one) => one.key === key)?.value;
