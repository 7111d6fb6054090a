import { join } from 'node:path';
import { FaasError } from '../../core/errors.ts';
import { dataDirId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import type { Driver, SandboxSpec } from '../sandbox.ts';
import { SessionGroups } from './cgroup/session-groups.ts';
import { MARKS } from './family.ts';
import { groupName, openSession, ownerMark, removeFolder, sweep } from './leftovers.ts';
import { createProcessSandbox, type ProcessSandbox, type Session } from './process-sandbox.ts';

export interface ProcessDriverOptions {
  /** Absolute path. */
  dataDir: string;
  sessionId: string;
  log: Logger;
  bootstrapFile: string;
  /** The Node to run functions with; default: the one that runs this. */
  nodePath?: string;
  /** False: processes are held together without control groups, as where none can be made. */
  controlGroups?: boolean;
}

/** `cpu: 'proportional'` where it cannot be had. */
const FULL_SPEED =
  "cpu: 'proportional' has no effect here, functions run at full speed: limiting a process takes a control group " +
  '(as root, or in a session to which systemd delegates the cpu controller), or use the docker driver';

/**
 * Sandboxes as plain child processes: no engine needed, nothing isolated. Memory is limited, by a control group where
 * this user may make one; the size of /tmp is reported only; a function can read whatever its user can.
 */
export function createProcessDriver(options: ProcessDriverOptions): Driver {
  const { dataDir, sessionId, log, bootstrapFile } = options;
  const { nodePath = process.execPath, controlGroups = true } = options;
  const root = join(dataDir, 'sandboxes');
  const folder = join(root, sessionId);
  const id = dataDirId(dataDir);
  const alive = new Set<ProcessSandbox>();
  const underWay = new Set<Promise<unknown>>();
  let session: Session | undefined;
  let isClosed = false;

  let hasWarned = false;
  const warnOfFullSpeed = (): void => {
    if (hasWarned) return;
    hasWarned = true;
    log.warn(FULL_SPEED);
  };

  const createTracked = async (spec: SandboxSpec): Promise<ProcessSandbox> => {
    if (isClosed || !session) throw new FaasError('ShuttingDown', 'the process driver is not open');
    if (spec.cpus !== null && !session.groups?.can('cpu')) warnOfFullSpeed();
    const sandbox = await createProcessSandbox(spec, session);
    alive.add(sandbox);
    void sandbox.exited.then(() => sandbox.kill()).finally(() => alive.delete(sandbox));
    if (!isClosed) return sandbox;
    await sandbox.kill();
    throw new FaasError('ShuttingDown', 'the process driver was closed meanwhile');
  };

  return {
    name: 'process',
    isolates: false,
    hostAddress: '127.0.0.1',
    listenAddress: undefined,

    async start() {
      const owner = await ownerMark();
      const marks = { [MARKS.dataDir]: id, [MARKS.session]: sessionId, [MARKS.owner]: owner };
      await sweep({ root, dataDirId: id, log });
      const groups = controlGroups ? await SessionGroups.open(groupName(id, sessionId)) : undefined;
      await openSession(folder, owner, groups?.folders ?? []);
      session = { folder, groups, log, bootstrapFile, nodePath, marks };
    },

    create(spec) {
      const creation = createTracked(spec);
      underWay.add(creation);
      const forget = (): void => void underWay.delete(creation);
      creation.then(forget, forget);
      return creation;
    },

    async close() {
      isClosed = true;
      await Promise.allSettled(underWay);
      await Promise.all([...alive].map((sandbox) => sandbox.kill()));
      await session?.groups?.close();
      if (session) await removeFolder(folder, log);
    },
  };
}

/** Removes what dead sessions of this data directory left, without starting the driver. */
export const sweepProcesses = (dataDir: string, log: Logger): Promise<void> =>
  sweep({ root: join(dataDir, 'sandboxes'), dataDirId: dataDirId(dataDir), log });
