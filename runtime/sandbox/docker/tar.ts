/** Small steps for writing tar streams. Files are streamed, so nothing is held whole in memory. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';

/** Everything has this time, so that the same content gives the same archive. */
const EPOCH = new Date(0);

export interface TarFile {
  /** Path in the archive, relative. */
  name: string;
  /** Path on this machine. */
  source: string;
  mode: number;
  onBytes?: (count: number) => void;
}

/** The archive that `write` fills. It flows while it is written, and fails when `write` does. */
export function tarStream(write: (tar: Pack) => Promise<void>): NodeJS.ReadableStream & { destroy(): void } {
  const tar = pack();
  write(tar).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  // tar-stream's streams come from streamx: readable streams in all but the newest methods.
  return tar as unknown as NodeJS.ReadableStream & { destroy(): void };
}

export function addFolder(tar: Pack, name: string, mode = 0o755): void {
  tar.entry({ name, type: 'directory', mode, mtime: EPOCH });
}

export function addText(tar: Pack, name: string, text: string): void {
  tar.entry({ name, mode: 0o644, mtime: EPOCH }, text);
}

export function addSymlink(tar: Pack, name: string, linkname: string): void {
  tar.entry({ name, type: 'symlink', linkname, mtime: EPOCH });
}

export async function addFile(tar: Pack, { name, source, mode, onBytes }: TarFile): Promise<void> {
  const { size } = await stat(source);
  const entry = tar.entry({ name, size, mode, mtime: EPOCH });
  const content = createReadStream(source, { highWaterMark: 1 << 18 });
  if (onBytes) content.on('data', (chunk) => onBytes(chunk.length));
  await pipeline(content, entry);
}
