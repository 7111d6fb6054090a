/** Containers that a runtime left behind: it was killed before it could remove them. */
import type { ContainerInfo } from 'dockerode';
import { dataDirId } from '../../core/ids.ts';
import type { Cgroup } from './cgroup.ts';
import { LABELS } from './container-options.ts';
import { connectEngine } from './engine.ts';
import type { DockerSettings, Engine } from './engine.ts';
import type { Environment } from './endpoint.ts';
import { engineError, statusOf } from './errors.ts';
import { removeAssembledImages } from './image/image.ts';
import { removeContainer } from './remove-container.ts';
import { sweepFolders } from './sandbox-folder.ts';

export interface Leftover {
  containerId: string;
  name: string;
  sandboxId: string;
  sessionId: string;
  functionName: string;
  /** As the engine says it: `running`, `exited`, `created` … */
  state: string;
}

export interface LeftoverOptions {
  docker: DockerSettings;
  env: Environment;
  /** Absolute. */
  dataDir: string;
}

/** The containers that earlier sessions of this data directory left. Throws EngineUnavailable and its kin. */
export async function listLeftovers(options: LeftoverOptions): Promise<Leftover[]> {
  const engine = await connectEngine(options.docker, options.env);
  return leftoversOf(engine, dataDirId(options.dataDir), undefined);
}

/** Removes them and their folders, while no session lives; returns the containers that were removed. */
export async function removeLeftovers({ docker, env, dataDir }: LeftoverOptions): Promise<Leftover[]> {
  const engine = await connectEngine(docker, env);
  const owner = { dataDir, dataDirId: dataDirId(dataDir) };
  const removed = await sweep(engine, owner.dataDirId, undefined);
  await sweepFolders(owner);
  return removed;
}

/** Removes the function images that no container uses, but for the newest; with `all` that too. Returns their names. */
export async function removeImages(options: {
  docker: DockerSettings;
  env: Environment;
  all?: boolean;
}): Promise<string[]> {
  return removeAssembledImages(await connectEngine(options.docker, options.env), options.all ?? false);
}

/** Removes what sessions other than `liveSession` left; other data directories' containers are never looked at. */
export async function sweep(
  engine: Engine,
  dataDir: string,
  liveSession: string | undefined,
  cgroupOf?: (containerId: string) => Cgroup | undefined,
): Promise<Leftover[]> {
  const leftovers = await leftoversOf(engine, dataDir, liveSession);
  await Promise.all(
    leftovers.map(async ({ containerId }) => {
      // The engine waits in vain for the end of a container that was frozen behind its back.
      await cgroupOf?.(containerId)?.thaw();
      await removeContainer(engine, containerId);
    }),
  );
  await sweepVolumes(engine, dataDir, liveSession);
  return leftovers;
}

/** A container that somebody removed by hand may have left its volumes. */
async function sweepVolumes(engine: Engine, dataDir: string, liveSession: string | undefined): Promise<void> {
  try {
    const filters = { label: [`${LABELS.dataDir}=${dataDir}`] };
    const { Volumes } = await engine.docker.listVolumes({ filters });
    const dead = (Volumes ?? []).filter(({ Labels }) => Labels?.[LABELS.session] !== liveSession);
    await Promise.all(dead.map(({ Name }) => engine.docker.getVolume(Name).remove()));
  } catch (error) {
    if (statusOf(error) !== 404) throw engineError(error, 'remove volumes', engine.endpoint);
  }
}

async function leftoversOf(
  engine: Engine,
  dataDir: string,
  liveSession: string | undefined,
): Promise<Leftover[]> {
  try {
    const filters = { label: [`${LABELS.dataDir}=${dataDir}`] };
    const containers = await engine.docker.listContainers({ all: true, filters });
    return containers.map(describe).filter(({ sessionId }) => sessionId !== liveSession);
  } catch (error) {
    throw engineError(error, 'list its containers', engine.endpoint);
  }
}

const describe = ({ Id, Names, Labels, State }: ContainerInfo): Leftover => ({
  containerId: Id,
  name: Names[0]?.slice(1) ?? Id.slice(0, 12),
  sandboxId: Labels[LABELS.sandbox] ?? '',
  sessionId: Labels[LABELS.session] ?? '',
  functionName: Labels[LABELS.function] ?? '',
  state: State,
});
