/** Real sandboxes of the process driver, for what happens inside them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { newShortId } from '../../../runtime/core/ids.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import { bootstrapFile } from '../../../runtime/deploy/bootstrap-bundle.ts';
import { createProcessDriver } from '../../../runtime/sandbox/process/index.ts';
import type { Driver, Sandbox } from '../../../runtime/sandbox/sandbox.ts';
import { artifact, prepare, type InitSettings, type Subject } from '../../contract/harness.ts';

export interface Subjects {
  /** A sandbox that is ready, with the artifact in place. */
  ready: (name: string) => Promise<Subject>;
  /** The same, initialised. */
  running: (name: string, exportName: string, settings?: InitSettings) => Promise<Subject>;
  readyAt: (artifactDir: string) => Promise<Subject>;
}

/** Sandboxes end with the test that made them. */
export function useSubjects(): Subjects {
  const alive: Sandbox[] = [];
  let folder: string;
  let driver: Driver;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faas-'));
    const bootstrap = await bootstrapFile(join(folder, 'cache'));
    driver = createProcessDriver({
      dataDir: folder,
      sessionId: newShortId(),
      log: silentLogger,
      bootstrapFile: bootstrap,
    });
    await driver.start();
  });
  afterEach(async () => {
    await Promise.all(alive.splice(0).map((sandbox) => sandbox.kill()));
  });
  afterAll(async () => {
    await driver.close();
    await rm(folder, { recursive: true, force: true });
  });
  const readyAt = async (artifactDir: string): Promise<Subject> => {
    const subject = await prepare(driver, {}, { ...artifact('any'), artifactDir });
    alive.push(subject.sandbox);
    return subject;
  };
  const ready = async (name: string): Promise<Subject> => readyAt(artifact(name).artifactDir);
  return {
    ready,
    readyAt,
    async running(name, exportName, settings) {
      const subject = await ready(name);
      const answer = await subject.init(exportName, settings);
      if (answer.type !== 'initialized') throw new Error(JSON.stringify(answer));
      return subject;
    },
  };
}
