/** The S3-like object store: composition and the entries that do not come over HTTP. */
import { join } from 'node:path';
import type { Runtime } from '../../runtime/api.ts';
import { systemClock } from '../../runtime/core/clock.ts';
import { OWNER_ACCOUNT } from '../../runtime/config/accounts.ts';
import type { Clock } from '../../runtime/core/clock.ts';
import type { DeployedFunction } from '../../runtime/core/types.ts';
import { migrate } from '../../runtime/store/migrate.ts';
import type { AwsService } from '../aws/request.ts';
import { Blobs } from './blobs.ts';
import { addBucket } from './add-bucket.ts';
import { createBuckets } from './buckets.ts';
import type { S3Parts } from './call.ts';
import { createDurability, NOT_DURABLE } from './durability.ts';
import { HashThreads } from './hash-threads.ts';
import { createHistory } from './history.ts';
import { createNotifications } from './notifications.ts';
import { createNotify } from './notify.ts';
import { createObjects } from './objects.ts';
import { MIGRATIONS } from './tables.ts';
import { createUploads } from './uploads.ts';

export interface S3Options {
  runtime: Pick<
    Runtime,
    | 'config'
    | 'dataDir'
    | 'enqueue'
    | 'events'
    | 'function'
    | 'functions'
    | 'identityOf'
    | 'log'
    | 'running'
    | 'store'
  >;
  clock?: Clock;
  /**
   * Flush each object to the disk before its upload is answered. Off by default: an acknowledged object
   * outlives the process being killed, but not the machine losing power.
   */
  fsync?: boolean;
}

export interface EmitRequest {
  bucket: string;
  key: string;
  /** Without the `s3:` prefix: `ObjectCreated:Put`. */
  event: string;
  /** This function alone gets the event, whether or not one of its triggers fits. */
  to?: string;
  /** Stored as the object before the event is sent; without it the event tells of what is there, if anything. */
  body?: AsyncIterable<Uint8Array>;
}

export interface EmitResult {
  /** The invocations it causes. */
  requestIds: string[];
  stored: boolean;
}

export interface S3 extends AwsService {
  /** Creates those that are missing. */
  ensureBuckets(names: readonly string[]): void;
  /** Simulates an event; throws FaasError BucketNotFound, FunctionNotFound or UsageError. */
  emit(request: EmitRequest): Promise<EmitResult>;
  /** Lets file deletions finish. The store stays the runtime's to close. */
  close(): Promise<void>;
}

/** How long a completed upload is remembered for clients that complete it again. */
const REMEMBER_COMPLETED_MS = 24 * 60 * 60_000;

/** Opens the object store in the runtime's data directory and tidies up after a session that was killed. */
export async function createS3({ runtime, clock = systemClock, fsync = false }: S3Options): Promise<S3> {
  const { clean, ...parts } = await openParts({ runtime, clock, fsync });
  parts.uploads.pruneCompleted(clock.now() - REMEMBER_COMPLETED_MS);
  const tidying = new AbortController();
  const tidied = clean ? Promise.resolve(true) : tidy(parts, runtime, tidying.signal);
  const ensureBuckets = (names: readonly string[]): void => {
    for (const name of names) addBucket(parts, name, OWNER_ACCOUNT);
  };
  // A trigger's bucket exists as soon as the function does, so that the first upload finds it.
  const onDeployed = ({ settings }: DeployedFunction): void =>
    ensureBuckets(settings.triggers.flatMap((trigger) => (trigger.type === 's3' ? [trigger.bucket] : [])));
  for (const deployed of runtime.functions()) onDeployed(deployed);
  runtime.events.on('deployed', onDeployed);

  return {
    ...handlerOnDemand(parts, runtime),
    ensureBuckets,
    async emit(request) {
      const { emitEvent } = await import('./emit.ts');
      const result = await emitEvent(parts, runtime, request);
      await parts.durability.flush();
      return result;
    },
    async close() {
      runtime.events.off('deployed', onDeployed);
      tidying.abort();
      await parts.blobs.close({ swept: await tidied });
      await parts.durability.close();
      await parts.hashThreads.close();
    },
  };
}

/** Loaded with the first request: it is most of the gateway, and many a runtime is never asked for an object. */
function handlerOnDemand(parts: S3Parts, runtime: S3Options['runtime']): AwsService {
  let loaded: Promise<AwsService> | undefined;
  const handler = (): Promise<AwsService> =>
    (loaded ??= import('./handle.ts').then(({ createHandler }) => createHandler(parts, runtime)));
  return {
    handle: async (exchange) => (await handler()).handle(exchange),
    refuse: async (exchange, refusal) => (await handler()).refuse(exchange, refusal),
  };
}

async function openParts({
  runtime,
  clock,
  fsync,
}: Required<S3Options>): Promise<S3Parts & { clean: boolean }> {
  const { store, config, dataDir } = runtime;
  migrate(store, 's3', MIGRATIONS);
  const notifications = createNotifications(store);
  const buckets = createBuckets(store.database);
  const blobs = new Blobs({ directory: join(dataDir, 'blobs'), fsync });
  const { clean } = await blobs.open();
  const objects = createObjects(store.database);
  const accounts = new Set([
    OWNER_ACCOUNT,
    ...config.credentials.map(({ account }) => account ?? OWNER_ACCOUNT),
  ]);
  return {
    store,
    buckets,
    objects,
    history: createHistory(store.database, objects),
    knowsAccount: (account) => accounts.has(account),
    uploads: createUploads(store.database),
    blobs,
    hashThreads: new HashThreads(),
    // The rows of what is acknowledged must reach the disk as well as the bytes.
    durability: fsync ? createDurability(join(dataDir, 'faas.db-wal')) : NOT_DURABLE,
    notifications,
    notify: createNotify({ runtime, notifications, buckets, clock }),
    region: config.region,
    clock,
    clean,
  };
}

/** Runs beside the first requests: it may have many files to look at. Resolves with whether it got to the end. */
async function tidy(parts: S3Parts, { log }: Pick<Runtime, 'log'>, signal: AbortSignal): Promise<boolean> {
  const { store, objects, uploads, blobs } = parts;
  try {
    const isReferenced = (id: string): boolean => objects.hasBlob(id) || uploads.hasBlob(id);
    // The store may be closed first; then there is nothing to compare with.
    const deleted = await blobs.sweep((id) => !store.database.isOpen || isReferenced(id), signal);
    if (deleted === undefined || !store.database.isOpen) return false;
    if (deleted > 0) log.debug(`S3: removed ${deleted} files of uploads that were never acknowledged`);
    return true;
  } catch (error) {
    log.warn(
      `S3: the folder of objects could not be tidied: ${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  }
}
