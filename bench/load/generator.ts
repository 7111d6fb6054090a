/** The load generator's process: takes a job as a message, answers with every latency it saw. */
import { HttpConnection } from './http-connection.ts';
import type { LoadJob, LoadResult } from './job.ts';

const FEWEST = 20;
const PATIENCE_MS = 30_000;

process.on('message', (job) => {
  void run(job as LoadJob).then((result) => process.send?.(result)); // our own parent's
});

async function run(job: LoadJob): Promise<LoadResult> {
  const startsAt = performance.now() + job.warmUpMs;
  const endsAt = startsAt + job.durationMs;
  const left = job.requests ?? Number.POSITIVE_INFINITY;
  const tally: Tally = { startsAt, endsAt, left, sent: 0, latencies: [], failures: 0, firstFailure: null };
  await Promise.all(Array.from({ length: job.connections }, () => keepAsking(job, tally)));
  return {
    latenciesMs: Float64Array.from(tally.latencies),
    elapsedMs: performance.now() - startsAt,
    failures: tally.failures,
    firstFailure: tally.firstFailure,
  };
}

interface Tally {
  startsAt: number;
  endsAt: number;
  /** Requests that may still be sent. */
  left: number;
  sent: number;
  latencies: number[];
  failures: number;
  firstFailure: string | null;
}

/** One connection, opened again when it breaks, until the time is over. */
async function keepAsking(job: LoadJob, tally: Tally): Promise<void> {
  const body = job.bodyBytes > 0 ? Buffer.alloc(job.bodyBytes, 'x') : undefined;
  while (goesOn(tally, performance.now())) {
    let connection: HttpConnection | undefined;
    try {
      connection = await HttpConnection.open(job.url);
      const { method, path, paths = 1 } = job;
      const opened = connection;
      const requests = Array.from({ length: paths }, (_, n) =>
        opened.prepare({ method, path: path.replace('{n}', String(n)), ...(body && { body }) }),
      );
      await askUntilTheEnd(connection, requests, tally);
    } catch (error) {
      fail(tally, String(error));
    } finally {
      connection?.close();
    }
  }
}

async function askUntilTheEnd(connection: HttpConnection, requests: Buffer[], tally: Tally): Promise<void> {
  for (let sentAt = performance.now(); goesOn(tally, sentAt); sentAt = performance.now()) {
    tally.left -= 1;
    // Taken in turn over all connections, so that no two send the same at the same time.
    const request = requests[tally.sent++ % requests.length] ?? Buffer.alloc(0);
    const { status, ms, body } = await connection.send(request);
    if (status !== 200) fail(tally, `${status} ${body.toString('utf8', 0, 200)}`);
    else if (sentAt >= tally.startsAt) tally.latencies.push(ms);
  }
}

/** Until the time is over, but not before there is something to take a median of. */
const goesOn = ({ endsAt, left, latencies, failures }: Tally, now: number): boolean =>
  left > 0 && (now < endsAt || (latencies.length < FEWEST && failures === 0 && now < endsAt + PATIENCE_MS));

function fail(tally: Tally, what: string): void {
  tally.failures += 1;
  tally.firstFailure ??= what;
}
