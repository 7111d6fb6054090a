/** The S3 endpoint, beside s3rver and beside bare Node on bare files. */
import { join } from 'node:path';
import type { LoadJob, LoadSummary } from '../load/job.ts';
import { takeTurns } from '../measure/rounds.ts';
import { multiplyObject } from '../under-test/many-objects.ts';
import { RuntimeUnderTest } from '../under-test/runtime.ts';
import { readFiles, removeFiles, writeFiles, type FileJob } from '../yardsticks/files.ts';
import { startS3rver } from '../yardsticks/s3rver.ts';
import { byRounds, compared } from './figures.ts';
import type { Bench, Measured, NotMeasured, Row, Scenario } from './row.ts';

const KB = 1024;
const MB = 1024 * KB;
const SMALL = KB;
const LARGE = 16 * MB;
/** Keys that are written and read in turn. */
const KEYS = 1000;

const times = (limit: number): Row['goal'] => ({ kind: 'times-at-least', limit });

const besideAnother = (id: string, title: string, unit: Row['unit'] = 'calls/s', limit = 2): Row => ({
  id,
  title,
  unit,
  yardstick: 's3rver',
  goal: times(limit),
});

const onFiles = (id: string, title: string, unit: Row['unit'], yardstick: string, limit: number): Row => ({
  id,
  title,
  unit,
  yardstick,
  goal: times(limit),
});

const FLUSHED = 'Node, write and fsync';
/** Says how near to the bound it is: the entity tag of what is stored is its MD5. */
const HASHED: Row = {
  id: 's3-put-hashed',
  title: "puts of 16 MB, 2 clients, fsync: 'object'",
  unit: 'MB/s',
  yardstick: 'Node, MD5, write and fsync',
  goal: null,
};

export const s3: Scenario = {
  name: 's3',
  heading: 'S3 endpoint',
  drivers: [null],
  rows: [
    besideAnother('s3-put-1', 'puts of 1 KB, 1 client'),
    besideAnother('s3-put-16', 'puts of 1 KB, 16 clients'),
    besideAnother('s3-get-1', 'gets of 1 KB, 1 client'),
    besideAnother('s3-get-16', 'gets of 1 KB, 16 clients'),
    besideAnother('s3-put-16mb', 'puts of 16 MB, 2 clients', 'MB/s', 0.5),
    besideAnother('s3-get-16mb', 'gets of 16 MB, 2 clients', 'MB/s', 0.5),
    onFiles('s3-flushed-1', "puts of 1 KB, 1 client, fsync: 'object'", 'calls/s', FLUSHED, 0.3),
    onFiles('s3-flushed-16', "puts of 1 KB, 16 clients, fsync: 'object'", 'calls/s', FLUSHED, 0.3),
    onFiles('s3-put-large', "puts of 16 MB, 2 clients, fsync: 'object'", 'MB/s', FLUSHED, 0.5),
    HASHED,
    onFiles('s3-get-large', 'gets of 16 MB, 2 clients', 'MB/s', 'Node, readFile', 0.5),
    {
      id: 's3-list',
      title: '1,000 of 1,000,000 keys',
      unit: 'ms',
      yardstick: '1,000 of 1,000 keys',
      goal: { kind: 'times-at-most', limit: 3 },
    },
  ],
  async measure(bench) {
    return {
      ...(await besideS3rver(bench)),
      ...(await besideFiles(bench)),
      's3-list': await listings(bench),
    };
  },
};

const startStore = (bench: Bench, fsync: 'off' | 'object'): Promise<RuntimeUnderTest> =>
  RuntimeUnderTest.start({
    ...bench,
    driver: 'process',
    config: { functions: {}, buckets: ['bench'], prewarm: 0, s3: { fsync } },
  });

async function besideS3rver(bench: Bench): Promise<Record<string, Measured | NotMeasured>> {
  await using ours = await startStore(bench, 'off');
  await using yardstick = await startS3rver(bench.folder);
  for (const { url } of [{ url: ours.awsEndpoint }, yardstick]) await fill(bench, url, KEYS, SMALL);
  const taken: Record<string, Measured> = {};
  for (const connections of [1, 16]) {
    const put = { method: 'PUT', bodyBytes: SMALL, connections };
    const puts = await sideBySide(bench, ours.awsEndpoint, yardstick.url, put);
    taken[`s3-put-${connections}`] = byRounds(puts, (load) => load.perSecond);
    const gets = await sideBySide(bench, ours.awsEndpoint, yardstick.url, { connections });
    taken[`s3-get-${connections}`] = byRounds(gets, (load) => load.perSecond);
  }
  const large = { ...objects(2), ...SOME_LARGE, connections: 2 };
  const put = { ...large, method: 'PUT', bodyBytes: LARGE };
  const puts = await sideBySide(bench, ours.awsEndpoint, yardstick.url, put);
  taken['s3-put-16mb'] = byRounds(puts, inMegabytes);
  for (const { url } of [{ url: ours.awsEndpoint }, yardstick]) await fill(bench, url, 2, LARGE);
  const gets = await sideBySide(bench, ours.awsEndpoint, yardstick.url, large);
  taken['s3-get-16mb'] = byRounds(gets, inMegabytes);
  return taken;
}

/** Puts every key once, so that there is something to get. */
const fill = (bench: Bench, url: string, paths: number, bodyBytes: number): Promise<LoadSummary> =>
  bench.load.run({
    ...objects(paths),
    url,
    bodyBytes,
    method: 'PUT',
    requests: paths,
    warmUpMs: 0,
    durationMs: 60_000,
  });

function sideBySide(bench: Bench, ours: string, yardstick: string, what: Partial<LoadJob>) {
  const job = { ...objects(KEYS), ...what };
  return takeTurns(
    {
      ours: () => bench.load.run({ ...job, url: ours }),
      yardstick: () => bench.load.run({ ...job, url: yardstick }),
    },
    { rounds: bench.samples(5, 1), warmUps: 1 },
  );
}

async function besideFiles(bench: Bench): Promise<Record<string, Measured>> {
  await using ours = await startStore(bench, 'object');
  const folder = join(bench.folder, 'files');
  const taken: Record<string, Measured> = {};
  for (const clients of [1, 16]) {
    const put = { ...objects(KEYS), method: 'PUT', bodyBytes: SMALL, connections: clients };
    const files = { ...STRETCH, folder, bytes: SMALL, files: KEYS, clients };
    const puts = await againstFiles(bench, ours.awsEndpoint, put, () => writeFiles(files));
    taken[`s3-flushed-${clients}`] = byRounds(puts, (load) => load.perSecond);
  }
  const files: FileJob = { ...SOME_LARGE, folder, bytes: LARGE, files: 2, clients: 2 };
  const large = { ...objects(2), ...SOME_LARGE, connections: 2 };
  const put = { ...large, method: 'PUT', bodyBytes: LARGE };
  const puts = await againstFiles(bench, ours.awsEndpoint, put, () => writeFiles(files));
  taken['s3-put-large'] = byRounds(puts, inMegabytes);
  const hashed = await againstFiles(bench, ours.awsEndpoint, put, () =>
    writeFiles({ ...files, hashed: true }),
  );
  taken['s3-put-hashed'] = byRounds(hashed, inMegabytes);
  await fill(bench, ours.awsEndpoint, 2, LARGE);
  const gets = await againstFiles(bench, ours.awsEndpoint, large, () => readFiles(files));
  taken['s3-get-large'] = byRounds(gets, inMegabytes);
  await removeFiles({ folder });
  return taken;
}

const againstFiles = (
  bench: Bench,
  url: string,
  job: Omit<LoadJob, 'url'>,
  yardstick: () => Promise<LoadSummary>,
) =>
  takeTurns(
    { ours: () => bench.load.run({ ...job, url }), yardstick },
    { rounds: bench.samples(5, 1), warmUps: 1 },
  );

const inMegabytes = ({ perSecond }: LoadSummary): number => (perSecond * LARGE) / MB;

const STRETCH = { warmUpMs: 75, durationMs: 200 };
/** So many objects, however long they take: a stretch of time would be too long for the one side or too short for the other. */
const SOME_LARGE = { warmUpMs: 0, durationMs: 60_000, requests: 6 };

const objects = (paths: number) => ({
  path: '/bench/{n}',
  paths,
  method: 'GET',
  bodyBytes: 0,
  connections: 1,
  ...STRETCH,
});

async function listings(bench: Bench): Promise<Measured> {
  const folder = await seededFolder(bench);
  await using runtime = await RuntimeUnderTest.startIn(folder, { ...bench, driver: 'process' });
  const list = (bucket: string) => async (): Promise<number> => {
    const askedAt = performance.now();
    const answer = await fetch(`${runtime.awsEndpoint}/${bucket}?list-type=2&max-keys=1000`);
    const keys = (await answer.text()).match(/<Key>/g)?.length;
    if (keys !== 1000) throw new Error(`a listing of ${bucket} has ${keys} keys`);
    return performance.now() - askedAt;
  };
  const taken = await takeTurns(
    { ours: list('many'), yardstick: list('few') },
    { rounds: bench.samples(50, 5), warmUps: bench.samples(10, 2) },
  );
  return compared(taken.ours, taken.yardstick);
}

/** A runtime's folder with a full bucket and one that holds a thousand keys. */
async function seededFolder(bench: Bench): Promise<string> {
  const config = { functions: {}, buckets: ['many', 'few'], prewarm: 0 };
  const runtime = await RuntimeUnderTest.start({ ...bench, driver: 'process', config, keep: true });
  for (const bucket of config.buckets) {
    await fetch(`${runtime.awsEndpoint}/${bucket}/seed`, { method: 'PUT', body: 'x' });
  }
  await runtime.stop();
  multiplyObject(runtime.dataDir, 'many', bench.samples(1_000_000, 10_000));
  multiplyObject(runtime.dataDir, 'few', 999);
  return runtime.folder;
}
