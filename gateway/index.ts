/** The three ports of a runtime: HTTP triggers, the AWS-shaped endpoint, administration. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Runtime } from '../runtime/api.ts';
import type { FaasConfig } from '../runtime/config/schema.ts';
import { startAdminGateway } from './admin/server.ts';
import { certificateFor, type Certificate } from './aws/certificate.ts';
import { startAwsGateway, type AwsListening } from './aws/server.ts';
import { isLoopbackAddress, isWildcardAddress } from './guard.ts';
import { startHttpGateway } from './http/server.ts';
import { DEFAULT_DRAIN_MS, type Closing, type Listening } from './listening.ts';
import { removeRuntimeFile, writeRuntimeFile } from './runtime-file.ts';
import { createS3, type S3 } from './s3/s3.ts';
import { startTelemetry, type Telemetry } from './telemetry/index.ts';

export interface GatewayOptions {
  host: string;
  /** HTTP triggers; 0 takes any free port, here and below. */
  port: number;
  adminPort: number;
  awsPort: number;
  /** Over TLS; used where `tls` is on. */
  awsTlsPort?: number;
  tls?: FaasConfig['tls'];
  /** Names besides the loopback ones that a Host header may carry. */
  allowedHosts: readonly string[];
  version: string;
}

export interface Gateways {
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  /** The same over TLS, and what clients must trust for it. */
  awsTlsEndpoint?: string;
  caFile?: string;
  /** Opens the administration; in runtime.json too. */
  token: string;
  /** Makes those buckets that do not exist. */
  ensureBuckets(names: readonly string[]): void;
  /** Stops accepting, lets running requests finish, closes the ports. A second call may shorten the wait. */
  close(closing?: Closing): Promise<void>;
}

/**
 * Starts all three or none, tells the runtime where its sandboxes find the AWS endpoint, and writes
 * runtime.json, by which the command line finds it.
 *
 * @throws FaasError PortInUse, AddressUnavailable, StoreFailed
 */
export async function startGateways(runtime: Runtime, options: GatewayOptions): Promise<Gateways> {
  const { host, allowedHosts, version } = options;
  const { dataDir, sessionId } = runtime;
  warnWhenExposed(runtime, host);
  const token = randomBytes(32).toString('base64url');
  const parts: Parts = {};
  try {
    const certificate = await certificateOf(runtime, options);
    const s3 = (parts.s3 = await createS3({ runtime, fsync: runtime.config.s3.fsync === 'object' }));
    s3.ensureBuckets(runtime.config.buckets);
    const http = (parts.http = await startHttpGateway({ runtime, host, port: options.port, allowedHosts }));
    const aws = (parts.aws = await startAwsGateway({
      runtime,
      s3,
      host,
      port: options.awsPort,
      ...besides(runtime),
      ...(certificate && { tls: { ...certificate, port: options.awsTlsPort ?? 0 } }),
    }));
    runtime.setAwsEndpoint(aws.sandboxUrl);
    const addresses = { url: http.url, awsEndpoint: aws.url };
    parts.telemetry = startTelemetry(runtime, version);
    const common = { runtime, s3, host, allowedHosts, token, version, addresses };
    const admin = (parts.admin = await startAdminGateway({ ...common, port: options.adminPort }));
    const opened = {
      ...addresses,
      ...(aws.tlsUrl !== undefined && { awsTlsEndpoint: aws.tlsUrl }),
      ...(certificate?.caFile !== undefined && { caFile: certificate.caFile }),
      adminUrl: admin.url,
      token,
    };
    writeRuntimeFile(dataDir, { pid: process.pid, sessionId, ...opened, startedAt: Date.now(), version });
    return {
      ...opened,
      ensureBuckets: (names) => s3.ensureBuckets(names),
      close: (closing) => closeAll(runtime, parts, closing),
    };
  } catch (error) {
    await closeAll(runtime, parts, { drainMs: 0 });
    throw error;
  }
}

/** What has been started so far. */
interface Parts {
  s3?: S3;
  http?: Listening;
  aws?: AwsListening;
  admin?: Listening;
  telemetry?: Telemetry | undefined;
}

const certificateOf = (
  { config, dataDir, driver }: Runtime,
  { tls = false, host, allowedHosts }: GatewayOptions,
): Promise<Certificate | undefined> =>
  certificateFor({
    tls,
    dataDir,
    names: [
      driver.hostAddress,
      ...config.allowedHosts,
      ...allowedHosts,
      ...(isWildcardAddress(host) ? [] : [host]),
    ],
    now: Date.now(),
  });

/** The engine's bridge, where containers cannot reach the loopback address. */
const besides = ({ driver: { listenAddress } }: Runtime): { alsoListenOn?: string } =>
  listenAddress === undefined ? {} : { alsoListenOn: listenAddress };

/** The AWS endpoint goes last: functions that are still running may need it to finish. */
async function closeAll(runtime: Runtime, parts: Parts, closing: Closing = {}): Promise<void> {
  removeRuntimeFile(runtime.dataDir, runtime.sessionId);
  const quiet = noneRunning(runtime, closing.drainMs ?? DEFAULT_DRAIN_MS);
  await Promise.all([parts.http?.close(closing), parts.admin?.close(closing), quiet]);
  await parts.aws?.close(closing);
  await parts.s3?.close();
  await parts.telemetry?.close();
}

/** Resolves when no instance is busy, or after `withinMs`. */
async function noneRunning(runtime: Runtime, withinMs: number): Promise<void> {
  const signal = AbortSignal.timeout(withinMs);
  const isBusy = (): boolean => runtime.instances().some(({ state }) => state === 'busy');
  while (isBusy() && !signal.aborted) {
    // An instance leaves its busy state right after its record is out.
    await once(runtime.events, 'record', { signal }).catch(() => undefined);
    await setImmediate();
  }
}

function warnWhenExposed(runtime: Runtime, host: string): void {
  if (isLoopbackAddress(host) || host === 'localhost') return;
  runtime.log.warn(
    `listening on ${host}: other machines can call the functions, and reach the administration with its token`,
  );
}
