import { describe, expect, it } from 'vitest';
import { traceTarget } from '../../../gateway/telemetry/settings.ts';

const nothing = { headers: {}, serviceName: 'faas' };
const configured = { ...nothing, otlpEndpoint: 'http://a:4318' };

describe('where traces go', () => {
  it.each([
    ['nowhere, where nothing is said', nothing, {}, undefined],
    ['where the configuration says', configured, {}, 'http://a:4318/v1/traces'],
    [
      'there with the path spelled out, too',
      { ...nothing, otlpEndpoint: 'http://a:4318/v1/traces/' },
      {},
      'http://a:4318/v1/traces',
    ],
    [
      'where OpenTelemetry’s variable says, if the configuration is silent',
      nothing,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4318/' },
      'http://b:4318/v1/traces',
    ],
    [
      'the configuration goes before it',
      configured,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4318' },
      'http://a:4318/v1/traces',
    ],
    [
      'the variable of traces goes before the general one, and is taken as it is',
      nothing,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/in',
      },
      'http://c:4318/in',
    ],
    [
      'not where gRPC listens',
      nothing,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      undefined,
    ],
    ['nowhere, if OpenTelemetry is switched off', configured, { OTEL_SDK_DISABLED: 'true' }, undefined],
    ['an empty variable is none', nothing, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
  ])('%s', (_, settings, env, url) => {
    expect(traceTarget(settings, env)?.url).toBe(url);
  });
});

describe('how many are sent', () => {
  it.each([
    ['all', {}, {}, 1],
    ['as configured', { sampleRate: 0.25 }, { OTEL_TRACES_SAMPLER: 'always_off' }, 0.25],
    ['by the variable', {}, { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, 0.1],
    [
      'by it, whoever the parent',
      {},
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
      0,
    ],
    ['none', {}, { OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 0],
    [
      'all, where the variable makes no sense',
      {},
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
      1,
    ],
  ])('%s', (_, settings, env, rate) => {
    expect(traceTarget({ ...configured, ...settings }, env)?.sampleRate ?? 0).toBe(rate);
  });
});
