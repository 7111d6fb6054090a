/** Makes the function image ready: assembled from this machine's own Node, or pulled by name. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaasError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { Engine } from '../engine.ts';
import { engineError, engineText, statusOf } from '../errors.ts';
import { imageHash, imageTar } from './image-tar.ts';
import { canAssembleImage, collectImageFiles, fingerprint, NODE_PATH } from './node-files.ts';
import type { ImageFile } from './node-files.ts';
import { byteProgress, followProgress } from './progress.ts';
import type { OnProgress } from './progress.ts';

const REPOSITORY = 'faas-node';
/** On every image that was assembled here, so that `faas clean` finds them. */
const IMAGE_LABEL = 'faas.image';
/** The hash of its files: tells which nameless image is a double of which. */
const CONTENT_LABEL = 'faas.image.content';

const IN_MAKING_SECONDS = 60;

interface Options {
  engine: Engine;
  /** `docker.image` of the configuration. */
  configured: string | undefined;
  nodePath: string;
  cacheDir: string;
  log: Logger;
  onProgress: OnProgress;
}

/** The name of an image that exists on the engine; obtains it first when it is absent. */
export async function ensureImage(options: Options): Promise<string> {
  if (options.configured) return pullWhenAbsent(options, options.configured);
  if (!matchesThisMachine(options.engine)) return pullWhenAbsent(options, defaultImage());
  return assembleWhenAbsent(options);
}

/**
 * Removes the images assembled here that no container uses, but for the newest, which the next start would only
 * make again; with `all` that one too. Returns their names.
 */
export async function removeAssembledImages(engine: Engine, all: boolean): Promise<string[]> {
  const images = await engine.docker.listImages({ filters: { label: [IMAGE_LABEL] } });
  const named = images.flatMap(({ Id, Created, RepoTags }) => {
    const name = RepoTags?.find((tag) => tag !== '<none>:<none>');
    // Nameless and new: some runtime is about to name it.
    if (name === undefined && Date.now() / 1000 - Created < IN_MAKING_SECONDS) return [];
    return [{ name: name ?? Id, created: Created }];
  });
  const doomed = named.toSorted((a, b) => b.created - a.created).slice(all ? 0 : 1);
  const removed = await Promise.all(doomed.map(({ name }) => removeImage(engine, name)));
  return doomed.map(({ name }) => name).filter((_name, index) => removed[index]);
}

async function removeImage(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.docker.getImage(name).remove();
    return true;
  } catch (error) {
    // 409: a container uses it, perhaps another runtime's. 404: someone else was quicker.
    if (statusOf(error) === 409 || statusOf(error) === 404) return false;
    throw engineError(error, `remove the image ${name}`, engine.endpoint);
  }
}

const defaultImage = (): string => `node:${process.versions.node.split('.')[0]}-slim`;

/** An engine elsewhere may run another architecture than this machine's Node was built for. */
function matchesThisMachine(engine: Engine): boolean {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return engine.os === 'linux' && engine.arch === arch && canAssembleImage();
}

// --- assembled ------------------------------------------------------------------------------------

async function assembleWhenAbsent({ engine, nodePath, cacheDir, log, onProgress }: Options): Promise<string> {
  const { hash, files } = await contentOf(nodePath, cacheDir);
  const name = `${REPOSITORY}:${hash}`;
  if (await exists(engine, name)) return name;
  log.debug(`assembling the function image ${name} from ${nodePath}`);
  const id = await importImage(engine, files, hash, onProgress);
  await giveName(engine, id, hash);
  return name;
}

async function importImage(
  engine: Engine,
  files: readonly ImageFile[],
  hash: string,
  onProgress: OnProgress,
): Promise<string> {
  const prints = await Promise.all(files.map((file) => fingerprint(file.source)));
  const totalBytes = prints.reduce((sum, print) => sum + (print?.size ?? 0), 0);
  const report = byteProgress('assembling the function image', onProgress);
  let doneBytes = 0;
  const tar = imageTar(files, (count) => report((doneBytes += count), totalBytes));
  const changes = [
    `LABEL ${IMAGE_LABEL}=node ${CONTENT_LABEL}=${hash}`,
    `CMD ["${NODE_PATH}"]`,
    `ENV PATH=/usr/local/bin:/usr/bin:/bin`,
  ];
  try {
    const answer = await engine.docker.importImage(tar, { changes });
    const id = await followProgress(answer);
    if (!id?.startsWith('sha256:')) throw new Error(`the engine named no image (${id ?? 'nothing'})`);
    return id;
  } catch (error) {
    tar.destroy();
    throw engineError(error, 'import the function image', engine.endpoint);
  }
}

/**
 * Imported without a name first. Of runtimes that import at once, each one's naming may take the name from another's
 * image: whoever named removes the doubles, and one whose own was removed before it was named finds the name taken.
 */
async function giveName(engine: Engine, id: string, tag: string): Promise<void> {
  try {
    await engine.docker.getImage(id).tag({ repo: REPOSITORY, tag });
  } catch (error) {
    if (statusOf(error) === 404 && (await exists(engine, `${REPOSITORY}:${tag}`))) return;
    throw engineError(error, 'name the function image', engine.endpoint);
  }
  const filters = { label: [`${CONTENT_LABEL}=${tag}`], dangling: ['true'] };
  const doubles = await engine.docker.listImages({ filters });
  await Promise.all(doubles.map(({ Id }) => removeImage(engine, Id)));
}

interface Remembered {
  nodePath: string;
  hash: string;
  files: (ImageFile & { size: number; mtimeMs: number })[];
}

/** Files and content hash of the image; hashing 120 MB is remembered until one of the files changes. */
async function contentOf(nodePath: string, cacheDir: string): Promise<{ hash: string; files: ImageFile[] }> {
  const memory = join(cacheDir, 'node-image.json');
  const remembered = await readMemory(memory);
  if (remembered?.nodePath === nodePath && (await unchanged(remembered))) return remembered;

  const files = await collectImageFiles(nodePath);
  const hash = await imageHash(files);
  const prints = await Promise.all(
    files.map(async (file) => ({
      ...file,
      ...((await fingerprint(file.source)) ?? { size: -1, mtimeMs: -1 }),
    })),
  );
  await mkdir(cacheDir, { recursive: true });
  const unfinished = `${memory}.${process.pid}`;
  await writeFile(unfinished, JSON.stringify({ nodePath, hash, files: prints } satisfies Remembered));
  await rename(unfinished, memory);
  return { hash, files };
}

/** Undefined when it was never written, or by another version; then it is made anew. */
async function readMemory(file: string): Promise<Remembered | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    // Our own file, in our own folder: the field that is looped over is checked, the rest only compared.
    return Array.isArray(Reflect.get(Object(value), 'files')) ? (value as Remembered) : undefined;
  } catch {
    return undefined;
  }
}

async function unchanged({ files }: Remembered): Promise<boolean> {
  const same = await Promise.all(
    files.map(async ({ source, size, mtimeMs }) => {
      const now = await fingerprint(source);
      return now?.size === size && now.mtimeMs === mtimeMs;
    }),
  );
  return same.every(Boolean);
}

// --- pulled ---------------------------------------------------------------------------------------

async function pullWhenAbsent({ engine, log, onProgress }: Options, name: string): Promise<string> {
  if (await exists(engine, name)) return name;
  log.info(`pulling ${name}`);
  try {
    // Without a tag the engine would pull every tag there is.
    const reference = /(?::[^/]+|@[^/]+)$/.test(name) ? name : `${name}:latest`;
    const answer = await engine.docker.createImage({ fromImage: reference });
    await followProgress(answer, byteProgress(`pulling ${name}`, onProgress));
    return name;
  } catch (error) {
    const named = engineError(error, `pull ${name}`, engine.endpoint);
    if (named.code !== 'SandboxStartFailed' && named.code !== 'ImageMissing') throw named;
    throw new FaasError('ImageMissing', `the image ${name} is not here and cannot be pulled`, {
      expected: 'an image that the engine has or can pull',
      got: engineText(error),
      remedy: canAssembleImage()
        ? 'correct or remove docker.image (an image is then made from this machine’s Node), or run with --driver process'
        : `connect and \`docker pull ${name}\`, set docker.image to one you have, or run with --driver process`,
      cause: error,
    });
  }
}

async function exists(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw engineError(error, `look for the image ${name}`, engine.endpoint);
  }
}
