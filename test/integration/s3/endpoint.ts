/** A real endpoint on a real store in a folder of its own; only the runtime behind it is a stand-in. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateFor } from '../../../gateway/aws/certificate.ts';
import { startAwsGateway } from '../../../gateway/aws/server.ts';
import type { AwsListening } from '../../../gateway/aws/server.ts';
import { createS3 } from '../../../gateway/s3/s3.ts';
import type { S3, S3Options } from '../../../gateway/s3/s3.ts';
import type { Runtime, RuntimeEvents, SandboxIdentity } from '../../../runtime/api.ts';
import type { Webhook } from '../../../runtime/config/aws-fields.ts';
import type { FaasConfig } from '../../../runtime/config/schema.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { Logger } from '../../../runtime/core/log.ts';
import type { DeployedFunction, S3Trigger } from '../../../runtime/core/types.ts';
import { Running } from '../../../runtime/invocation/running.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { QueuedEvent, Store } from '../../../runtime/store/store.ts';

export const CREDENTIALS = { accessKeyId: 'faas', secretAccessKey: 'faas-secret' };

export interface Endpoint {
  url: string;
  port: number;
  listening: AwsListening;
  s3: S3;
  store: Store;
  dataDir: string;
  /** What the runtime was asked to deliver, in order. */
  enqueued: QueuedEvent[];
  functions: DeployedFunction[];
  identities: Map<string, SandboxIdentity>;
  events: EventEmitter<RuntimeEvents>;
  /** What each request's x-amz-content-sha256 said of its body. */
  payloads: string[];
  /** To trust, with `tls`. */
  caFile: string | undefined;
  /** Files under blobs/, those being written included. */
  blobs(): Promise<string[]>;
  /** Deletes every stored file behind the store's back. */
  removeBlobs(): Promise<void>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface EndpointOptions extends Omit<S3Options, 'runtime'> {
  dataDir?: string;
  buckets?: string[];
  functions?: DeployedFunction[];
  unsigned?: 'owner' | 'acl';
  region?: string;
  allowedHosts?: string[];
  alsoListenOn?: string;
  /** The port is taken at `alsoListenOn`. */
  occupied?: boolean;
  log?: Logger;
  enqueue?: (event: QueuedEvent) => void;
  /** The invocations that run, whose events are theirs. */
  running?: Running;
  tls?: boolean;
  webhooks?: Webhook[];
  eventBridge?: string[];
  credentials?: FaasConfig['credentials'];
}

export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'faas-s3-')));
  const log = options.log ?? silentLogger;
  const store = openStore(dataDir, { log });
  const functions = options.functions ?? [];
  const enqueued: QueuedEvent[] = [];
  const identities = new Map<string, SandboxIdentity>();
  const events = new EventEmitter<RuntimeEvents>();
  const stand = {
    dataDir,
    config: {
      credentials: [CREDENTIALS, ...(options.credentials ?? [])],
      region: options.region ?? 'us-east-1',
      allowedHosts: options.allowedHosts ?? [],
      s3: {
        unsigned: options.unsigned ?? 'owner',
        webhooks: options.webhooks ?? [],
        eventBridge: options.eventBridge ?? [],
      },
    },
    running: options.running ?? new Running(),
    driver: { hostAddress: options.alsoListenOn ?? '127.0.0.1' },
    store,
    log,
    events,
    functions: () => functions,
    function: (name: string) => functions.find(({ settings }) => settings.name === name),
    identityOf: (accessKeyId: string) => identities.get(accessKeyId),
    enqueue(event: QueuedEvent) {
      options.enqueue?.(event);
      store.queue.enqueue(event);
      enqueued.push(event);
    },
  };
  // The gateway reads no more of a runtime than this.
  const runtime = stand as unknown as Runtime;
  const s3 = await createS3({ runtime, ...options });
  s3.ensureBuckets(options.buckets ?? ['photos']);
  const occupier = options.occupied ? createServer() : undefined;
  const port0: number = occupier
    ? await new Promise<number>((resolve) => {
        occupier.listen(0, options.alsoListenOn, () => resolve((occupier.address() as AddressInfo).port));
      })
    : 0;
  const certificate = await certificateFor({
    tls: options.tls ?? false,
    dataDir,
    names: [],
    now: Date.now(),
  });
  const payloads: string[] = [];
  const listening = await startAwsGateway({
    runtime,
    s3: {
      ...s3,
      handle(exchange) {
        payloads.push(String(exchange.request.headers['x-amz-content-sha256']));
        return s3.handle(exchange);
      },
    },
    ...(certificate && { tls: { ...certificate, port: 0 } }),
    host: '127.0.0.1',
    port: port0,
    ...(options.alsoListenOn !== undefined && { alsoListenOn: options.alsoListenOn }),
  });
  const { url, port } = listening;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      occupier?.close();
      await listening.close({ drainMs: 0 });
      await s3.close();
      store.close();
    })());
  return {
    url,
    port,
    listening,
    s3,
    store,
    dataDir,
    enqueued,
    functions,
    identities,
    events,
    payloads,
    caFile: certificate?.caFile,
    blobs: () => filesIn(join(dataDir, 'blobs')),
    async removeBlobs() {
      for (const file of await readdir(join(dataDir, 'blobs'))) {
        if (file !== 'tmp') await rm(join(dataDir, 'blobs', file), { recursive: true });
      }
    },
    fetch: (path, init) => fetch(url + path, init),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      // A folder that was given stays: its owner may want to look at it, or to start on it again.
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** A function that is triggered by uploads; what else a function has does not matter to S3. */
export const triggeredBy = (name: string, ...triggers: Partial<S3Trigger>[]): DeployedFunction =>
  ({
    settings: {
      name,
      triggers: triggers.map((trigger) => ({
        type: 's3',
        bucket: 'photos',
        events: ['ObjectCreated:*'],
        prefix: '',
        suffix: '',
        ...trigger,
      })),
    },
    // A test's shorthand for a deployed function: the gateway reads names and triggers only.
  }) as unknown as DeployedFunction;

/** The records inside enqueued events. */
export const recordsOf = (events: readonly QueuedEvent[]) =>
  events.flatMap(({ payload }) => JSON.parse(Buffer.from(payload).toString()).Records);

/** `404 NoSuchKey`: an answer's status and the code of its document. */
export async function errorOf(answer: Response): Promise<string> {
  const xml = await answer.text();
  return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(xml)?.[1] ?? xml}`;
}
