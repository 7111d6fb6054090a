import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newShortId } from '../../../../runtime/core/ids.ts';
import { silentLogger } from '../../../../runtime/core/log.ts';
import { createProcessDriver } from '../../../../runtime/sandbox/process/index.ts';
import type { Driver } from '../../../../runtime/sandbox/sandbox.ts';
import { spec } from '../../../contract/harness.ts';

describe('a process that does not come up', () => {
  let dataDir: string;
  let driver: Driver;
  const start = async (settings: { bootstrapFile: string; nodePath?: string }): Promise<void> => {
    driver = createProcessDriver({ dataDir, sessionId: newShortId(), log: silentLogger, ...settings });
    await driver.start();
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'faas-'));
  });
  afterEach(async () => {
    await driver.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('because Node is not there is an error that names it', async () => {
    await start({ bootstrapFile: 'any', nodePath: '/no/such/node' });
    await expect(driver.create(spec())).rejects.toMatchObject({
      code: 'SandboxStartFailed',
      got: 'ENOENT',
      remedy: expect.stringContaining('/no/such/node does not exist any more'),
    });
  });

  test('because its session folder was removed is an error that says so', async () => {
    await start({ bootstrapFile: 'any' });
    await rm(join(dataDir, 'sandboxes'), { recursive: true });
    await expect(driver.create(spec())).rejects.toMatchObject({
      code: 'SandboxStartFailed',
      remedy: expect.stringContaining('does not exist any more'),
    });
  });

  test('tells what Node printed', async () => {
    await start({ bootstrapFile: join(dataDir, 'gone.cjs') });
    const sandbox = await driver.create(spec());
    await expect(sandbox.ready).rejects.toMatchObject({
      code: 'SandboxStartFailed',
      message: expect.stringContaining('exit code 1'),
      got: expect.stringContaining('Cannot find module'),
    });
  });

  test('is ended when it hangs up and lives on', async () => {
    const bootstrapFile = join(dataDir, 'stuck.cjs');
    await writeFile(bootstrapFile, "require('node:fs').closeSync(3); setInterval(() => {}, 1000);");
    await start({ bootstrapFile });
    const sandbox = await driver.create(spec());
    await expect(sandbox.ready).rejects.toMatchObject({ code: 'SandboxExited' });
    expect(await sandbox.exited).toMatchObject({ signal: 'SIGKILL', outside: false });
  });

  test('is told apart from a driver that is not open', async () => {
    driver = createProcessDriver({
      dataDir,
      sessionId: newShortId(),
      log: silentLogger,
      bootstrapFile: 'any',
    });
    await expect(driver.create(spec())).rejects.toMatchObject({ code: 'ShuttingDown' });
  });
});
