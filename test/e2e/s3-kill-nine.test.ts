/**
 * The runtime is killed with -9 at random moments while clients put, overwrite, copy, upload in parts and delete.
 * What they were told must hold: no acknowledged object lost or torn, every event delivered, no file that nobody
 * owns. FAAS_KILLS=500 makes it thorough.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';

const KILLS = Number(process.env['FAAS_KILLS'] ?? 20);
const WRITERS = 4;
const PART = 5 * 1024 * 1024;

const config = {
  functions: {
    'on-upload': {
      source: behaviour('on-upload'),
      timeout: '20s',
      memory: 256,
      triggers: [{ s3: { bucket: 'incoming', events: ['ObjectCreated:*' as const], prefix: 'told/' } }],
    },
  },
  buckets: ['incoming', 'delivered'],
};

const ABSENT = 'absent';

/** What a key may hold: what was acknowledged last, or what was asked for after that and may have happened. */
interface Expected {
  acknowledged: string;
  /** Asked for since then and never answered, in this session or before: each may have happened. */
  pending: Set<string>;
}

it(
  `${KILLS} kills lose nothing that was acknowledged, tear nothing, and leave nothing`,
  { timeout: 300_000 + KILLS * 20_000 },
  async () => {
    await using place = await workspace();
    const keys = new Map<string, Expected>();
    const told = new Set<string>();
    const start = () => startFaas(place.folder, config, ['--driver', 'process']);
    const startMs: number[] = [];
    for (let round = 0; round < KILLS; round++) {
      const startedAt = performance.now();
      const faas = await start();
      startMs.push(performance.now() - startedAt);
      const load = underLoad(faas, round, keys, told);
      await pause(20 + Math.random() * 800);
      await faas.stop('SIGKILL');
      await load;
    }
    if (KILLS > 100) console.log(summary(keys.size, told.size, startMs));

    const faas = await start();
    expect(keys.size).toBeGreaterThan(KILLS);
    for (const [key, { acknowledged, pending }] of keys) {
      const found = await digestAt(faas, `incoming/${key}`);
      const isAsTold = found === acknowledged || pending.has(found);
      expect([key, isAsTold ? 'as told' : found]).toEqual([key, 'as told']);
    }
    // Long enough for two retries of a call that fails because the machine is busy.
    await expect
      .poll(() => queueOf(faas), { timeout: 240_000, interval: 500 })
      .toEqual({ waiting: [], dead: [] });
    for (const key of told) {
      const marker = await digestAt(faas, `delivered/incoming/${key}`);
      expect([key, marker === ABSENT ? 'not delivered' : 'delivered']).toEqual([key, 'delivered']);
    }
    // Of a killed session only: the sweep of this start, then an orderly end.
    await expect.poll(() => orphans(faas.dataDir), { timeout: 60_000 }).toEqual([]);
    await faas.stop();
    expect(await orphans(faas.dataDir)).toEqual([]);
  },
);

/** Each writer works on keys of its own, one request after the other, until the runtime is gone. */
async function underLoad(
  faas: RunningFaas,
  round: number,
  keys: Map<string, Expected>,
  told: Set<string>,
): Promise<void> {
  const url = (key: string): string => `${faas.awsEndpoint}/incoming/${key}`;

  /** The key holds `digest` when `act` succeeds; until its answer either may be true. */
  async function change(key: string, digest: string, act: () => Promise<Response>): Promise<void> {
    const expected = keys.get(key) ?? { acknowledged: ABSENT, pending: new Set() };
    keys.set(key, expected);
    expected.pending.add(digest);
    const answer = await act();
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${key}: ${answer.status}`);
    keys.set(key, { acknowledged: digest, pending: new Set() });
    if (key.startsWith('told/')) told.add(key);
  }

  const put = (key: string, bytes: Buffer) =>
    change(key, digestOf(bytes), () => fetch(url(key), { method: 'PUT', body: new Uint8Array(bytes) }));

  async function multipart(key: string): Promise<void> {
    const created = await (await fetch(`${url(key)}?uploads`, { method: 'POST' })).text();
    const id = /<UploadId>(.*?)<\/UploadId>/.exec(created)?.[1] ?? '';
    const parts = [randomBytes(PART), randomBytes(1000)];
    const etags: string[] = [];
    for (const [index, part] of parts.entries()) {
      const answer = await fetch(`${url(key)}?partNumber=${index + 1}&uploadId=${id}`, {
        method: 'PUT',
        body: new Uint8Array(part),
      });
      etags.push(answer.headers.get('etag') ?? '');
    }
    const list = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    await change(key, digestOf(Buffer.concat(parts)), () =>
      fetch(`${url(key)}?uploadId=${id}`, { method: 'POST', body }),
    );
  }

  async function copy(from: string, to: string): Promise<void> {
    const digest = keys.get(from)?.acknowledged ?? ABSENT;
    await change(to, digest, () =>
      fetch(url(to), { method: 'PUT', headers: { 'x-amz-copy-source': `/incoming/${from}` } }),
    );
  }

  async function work(writer: number): Promise<void> {
    for (let turn = 0; ; turn++) {
      const own = `told/${round}/${writer} ${turn}+ü`;
      const shared = `kept/${writer}/${turn % 3}`;
      await put(own, randomBytes(1 + Math.floor(Math.random() * 2000)));
      await put(shared, randomBytes(1 + Math.floor(Math.random() * 300_000)));
      if (turn % 4 === 1) await copy(own, `kept/${writer}/copy`);
      if (turn % 5 === 2) await change(shared, ABSENT, () => fetch(url(shared), { method: 'DELETE' }));
      if (turn % 7 === 3) await multipart(`kept/${writer}/parts`);
    }
  }

  // Their connections break when the runtime is killed; that is how they end.
  await Promise.allSettled(Array.from({ length: WRITERS }, (_, writer) => work(writer)));
}

/** For whoever runs it by hand. */
function summary(keys: number, events: number, startMs: number[]): string {
  const sorted = startMs.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
  return `${keys} keys, ${events} events, starts: median ${at(0.5)} ms, slowest ${at(1)} ms`;
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function digestAt({ awsEndpoint }: RunningFaas, path: string): Promise<string> {
  const answer = await fetch(`${awsEndpoint}/${path}`);
  const bytes = await answer.bytes();
  return answer.status === 404 ? ABSENT : answer.ok ? digestOf(bytes) : `status ${answer.status}`;
}

/** What waits for delivery, and what was given up. */
async function queueOf(faas: RunningFaas): Promise<unknown> {
  return (await faas.admin('/api/queue')).json();
}

/** Files that no row refers to, and files of uploads that never ended. */
async function orphans(dataDir: string): Promise<string[]> {
  const database = new DatabaseSync(join(dataDir, 'faas.db'), { readOnly: true });
  try {
    const rows = database
      .prepare('SELECT blob FROM s3_object_parts UNION SELECT blob FROM s3_upload_parts')
      .all();
    const owned = new Set(rows.map(({ blob }) => String(blob)));
    const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name !== 'clean' && !owned.has(entry.name))
      .map(({ name }) => name);
  } finally {
    database.close();
  }
}
