/** The runtime is killed with -9 at random moments during uploads and calls; what it acknowledged must survive. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dockerTests, drivers, type TestedDriver } from '../support/drivers.ts';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers, livingLeftovers } from '../support/leftovers.ts';

const KILLS: Record<TestedDriver, number> = { process: 50, docker: 10 };
const UPLOADERS = 4;
const CALLERS = 4;

const functions = {
  'on-upload': {
    source: behaviour('on-upload'),
    timeout: '20s',
    memory: 256,
    triggers: [{ s3: { bucket: 'incoming', events: ['ObjectCreated:*' as const] } }],
  },
  'sleep-100': { source: behaviour('sleep-100') },
};

describe.each(drivers)('on the %s driver', (driver) => {
  it(
    `${KILLS[driver]} kills lose no acknowledged object and no event, and leave nothing`,
    { timeout: 600_000 },
    async () => {
      await using place = await workspace();
      const start = () =>
        startFaas(place.folder, { functions, buckets: ['incoming', 'delivered'] }, ['--driver', driver]);
      const acknowledged = new Map<string, string>();

      for (let round = 0; round < KILLS[driver]; round++) {
        const faas = await start();
        expect(livingLeftovers(faas.dataDir, faas.sessionId)).toEqual([]);
        const load = underLoad(faas, `round-${round}`, acknowledged);
        await pause(20 + Math.random() * (driver === 'docker' ? 2500 : 600));
        await faas.stop('SIGKILL');
        await load;
      }

      const faas = await start();
      expect(livingLeftovers(faas.dataDir, faas.sessionId)).toEqual([]);
      expect(acknowledged.size).toBeGreaterThan(KILLS[driver]);
      for (const [key, digest] of acknowledged) {
        expect([key, await digestOf(await fetch(`${faas.awsEndpoint}/incoming/${key}`))]).toEqual([
          key,
          digest,
        ]);
      }
      for (const key of acknowledged.keys()) {
        await expect
          .poll(async () => (await fetch(`${faas.awsEndpoint}/delivered/incoming/${key}`)).status, {
            timeout: 120_000,
            message: `the event of ${key} was not delivered`,
          })
          .toBe(200);
      }
      await faas.stop();
      expect(leftovers(faas.dataDir)).toEqual([]);
    },
  );
});

describe.skipIf(!dockerTests)('on one driver, then on the other', () => {
  it.each([
    ['docker', 'process'],
    ['process', 'docker'],
  ])('what a killed session left on %s is gone after a start on %s', async (before, after) => {
    await using place = await workspace();
    const loops = { 'busy-loop': { source: behaviour('busy-loop'), timeout: '60s' as const } };
    const killed = await startFaas(place.folder, { functions: loops }, ['--driver', before]);
    const hanging = fetch(`${killed.url}/busy-loop`).catch(() => undefined);
    await expect.poll(() => livingLeftovers(killed.dataDir).length, { timeout: 20_000 }).toBeGreaterThan(0);
    await killed.stop('SIGKILL');
    await hanging;

    const faas = await startFaas(place.folder, { functions: loops }, ['--driver', after]);
    expect(livingLeftovers(faas.dataDir, faas.sessionId)).toEqual([]);
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
  });
});

/** Uploads and calls until the runtime is gone; notes the digest of each upload that was answered with 200. */
async function underLoad(
  faas: RunningFaas,
  prefix: string,
  acknowledged: Map<string, string>,
): Promise<void> {
  const untilGone = async (step: (turn: number) => Promise<unknown>): Promise<void> => {
    for (let turn = 0; ; turn++) {
      try {
        await step(turn);
      } catch {
        return;
      }
    }
  };
  const uploaders = Array.from({ length: UPLOADERS }, (_, uploader) =>
    untilGone(async (turn) => {
      const key = `${prefix}/${uploader} ${turn}+ü.bin`;
      const body = randomBytes(1 + Math.floor(Math.random() * 200_000));
      const response = await fetch(`${faas.awsEndpoint}/incoming/${key}`, { method: 'PUT', body });
      if (response.ok) acknowledged.set(key, createHash('sha256').update(body).digest('hex'));
    }),
  );
  const callers = Array.from({ length: CALLERS }, () => untilGone(() => fetch(`${faas.url}/sleep-100`)));
  await Promise.all([...uploaders, ...callers]);
}

const digestOf = async (response: Response): Promise<string> =>
  response.ok
    ? createHash('sha256')
        .update(Buffer.from(await response.arrayBuffer()))
        .digest('hex')
    : String(response.status);
