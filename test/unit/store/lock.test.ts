import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataDir } from '../../../runtime/store/lock.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'faas-lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const LOCK = join(import.meta.dirname, '../../../runtime/store/lock.ts');
const lockElsewhere = (then: string): string =>
  execFileSync(
    process.execPath,
    ['-e', `import(${JSON.stringify(LOCK)}).then(({ lockDataDir }) => { ${then} })`],
    {
      encoding: 'utf8',
    },
  );

it('one runtime holds a data directory; the other is told who', () => {
  const unlock = lockDataDir(folder);
  const told = lockElsewhere(
    `try { lockDataDir(${JSON.stringify(folder)}) } catch (error) { console.log(error.code, error.got) }`,
  );
  expect(told).toContain('RuntimeAlreadyRunning');
  expect(told).toContain(`pid ${process.pid}`);
  unlock();
});

it('a holder that was killed holds nothing', () => {
  const killed = `lockDataDir(${JSON.stringify(folder)}); process.kill(process.pid, 'SIGKILL')`;
  expect(() => lockElsewhere(killed)).toThrow(/SIGKILL|Command failed/);
  lockDataDir(folder)();
});

it('a folder that cannot be used is no running runtime', () => {
  expect(() => lockDataDir(join(folder, 'missing'))).toThrow(
    expect.objectContaining({ code: 'StoreFailed' }),
  );
});
