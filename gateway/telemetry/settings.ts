/**
 * Where traces go and how many: by the configuration, and where that is silent by OpenTelemetry's own variables
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Pure. Headers, the compression and
 * the attributes of the resource are read from theirs by the official packages.
 */
import type { TelemetrySettings } from '../../runtime/config/measure-fields.ts';

export interface TraceTarget {
  /** Of the traces themselves: with its path. */
  url: string;
  headers: Record<string, string>;
  serviceName: string;
  /** The share of invocations that are sent. */
  sampleRate: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined: nothing is sent. */
export function traceTarget(
  settings: TelemetrySettings | undefined,
  env: Environment,
): TraceTarget | undefined {
  const url = tracesUrl(settings?.otlpEndpoint, env);
  if (url === undefined || env['OTEL_SDK_DISABLED'] === 'true') return undefined;
  const { headers = {}, serviceName = 'faas', sampleRate = sampleRateOf(env) } = settings ?? {};
  return sampleRate === 0 ? undefined : { url, headers, serviceName, sampleRate };
}

function tracesUrl(configured: string | undefined, env: Environment): string | undefined {
  if (configured !== undefined) return withPath(configured.replace(/\/v1\/traces\/?$/u, ''));
  // What listens for gRPC understands nothing that is sent here.
  if ((env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL']) === 'grpc')
    return undefined;
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact, OTEL_EXPORTER_OTLP_ENDPOINT: base } = env;
  return given(exact) ?? (given(base) === undefined ? undefined : withPath(base ?? ''));
}

const withPath = (base: string): string => `${base.replace(/\/+$/u, '')}/v1/traces`;
/** An empty variable is one that is not set. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

function sampleRateOf({ OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: argument }: Environment) {
  if (sampler.endsWith('always_off')) return 0;
  const rate = sampler.endsWith('traceidratio') ? Number(given(argument) ?? 1) : 1;
  return rate >= 0 && rate <= 1 ? rate : 1;
}
