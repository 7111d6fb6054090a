import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';

export interface Thumbnail {
  data: Buffer;
  format: string;
  width: number;
  height: number;
}

/** Someone uploaded what no decoder knows, whatever its name says. */
export class NotAPicture extends Error {
  override readonly name = 'NotAPicture';
}

/**
 * At most `width` pixels wide, never enlarged, upright, in the format of the original. The original is streamed
 * through the decoder and never held in memory as a whole.
 */
export async function thumbnailOf(original: Readable, width: number, key: string): Promise<Thumbnail> {
  let head: Buffer = Buffer.alloc(0);
  original.once('data', (chunk: Buffer) => (head = chunk.subarray(0, 12)));
  const decoder = sharp().autoOrient().resize({ width, withoutEnlargement: true });
  try {
    const thumbnail = decoder.toBuffer({ resolveWithObject: true });
    const [{ data, info }] = await Promise.all([thumbnail, pipeline(original, decoder)]);
    return { data, format: info.format, width: info.width, height: info.height };
  } catch (cause) {
    throw original.errored ?? new NotAPicture(describe(key, head, cause), { cause });
  }
}

function describe(key: string, head: Buffer, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const found =
    head.length === 0 ? 'nothing' : JSON.stringify(head.toString('latin1').replaceAll(/[^ -~]/gu, '·'));
  return `${key} is no picture: expected a JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG, found ${found}… (${reason})`;
}
