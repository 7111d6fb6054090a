/** Bare Node on bare files: what a store that promises the disk has them cannot be faster than. */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadSummary } from '../load/job.ts';
import { percentile } from '../measure/statistics.ts';

export interface FileJob {
  folder: string;
  bytes: number;
  /** How many files are written in turn, over and over. */
  files: number;
  clients: number;
  warmUpMs: number;
  durationMs: number;
  /** Ends sooner when so many files are done. */
  requests?: number;
  /** Each file's MD5 is computed, too: what a store cannot do without. */
  hashed?: boolean;
}

/** Writes and flushes whole files, each client its next when its last is on the disk. */
export const writeFiles = (job: FileJob): Promise<LoadSummary> => {
  const body = Buffer.alloc(job.bytes, 'x');
  return stretch(job, async (path) => {
    if (job.hashed === true) createHash('md5').update(body).digest();
    const file = await open(path, 'w');
    try {
      await file.write(body);
      await file.sync();
    } finally {
      await file.close();
    }
  });
};

/** Reads whole files that are in the system's cache, as those of a store that was just written to are. */
export const readFiles = (job: FileJob): Promise<LoadSummary> =>
  stretch(job, async (path) => void (await readFile(path)));

export const removeFiles = ({ folder }: Pick<FileJob, 'folder'>): Promise<void> =>
  rm(folder, { recursive: true, force: true });

async function stretch(
  { folder, files, clients, warmUpMs, durationMs, requests = Number.POSITIVE_INFINITY }: FileJob,
  one: (path: string) => Promise<void>,
): Promise<LoadSummary> {
  await mkdir(folder, { recursive: true });
  const startsAt = performance.now() + warmUpMs;
  const endsAt = startsAt + durationMs;
  const latencies: number[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    for (let at = performance.now(); at < endsAt && next < requests; at = performance.now()) {
      await one(join(folder, `file-${next++ % files}`));
      if (at >= startsAt) latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsedMs = performance.now() - startsAt;
  const sorted = Float64Array.from(latencies).toSorted();
  return {
    requests: sorted.length,
    perSecond: (sorted.length / elapsedMs) * 1000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}
