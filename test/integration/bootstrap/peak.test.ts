import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { readyAt } = useSubjects();

/** Touches so many megabytes of new memory, and gives them back. */
const TOUCHES = `
  exports.handler = async (megabytes) => {
    if (megabytes > 0) Buffer.alloc(megabytes * 1024 * 1024, 1).buffer.transfer(0);
    return megabytes;
  };
`;

test('a call that needs much among many that need nothing tells its own peak, and they theirs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'faas-'));
  try {
    await writeFile(join(folder, 'index.js'), TOUCHES);
    const { init, invoke } = await readyAt(folder);
    expect(await init('handler', { entry: 'index.js' })).toMatchObject({ type: 'initialized' });
    const peakOf = async (megabytes: number): Promise<number> => {
      const { usage } = await invoke(megabytes);
      return (usage.peakKb ?? 0) / 1024;
    };
    for (let call = 0; call < 200; call += 1) await peakOf(0);
    const before = await peakOf(0);
    const much = await peakOf(60);
    expect(much - before).toBeGreaterThan(50);
    expect(much - before).toBeLessThan(80);
    expect(much - (await peakOf(0))).toBeGreaterThan(50);
  } finally {
    await rm(folder, { recursive: true });
  }
});
