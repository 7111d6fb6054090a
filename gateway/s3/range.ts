/** The Range header of S3: one range of bytes. Pure. */
import { AwsError } from '../aws/errors.ts';

/** `end` is exclusive. */
export interface ByteRange {
  first: number;
  end: number;
}

/**
 * The range a header asks of `size` bytes; undefined means the whole object, which is also what a malformed
 * header or several ranges get. Throws InvalidRange when there is nothing at that place.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw unsatisfiable(header, size);
    return { first: size - length, end: size };
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) throw unsatisfiable(header, size);
  return { first: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

const unsatisfiable = (header: string | undefined, size: number): AwsError =>
  new AwsError('InvalidRange', undefined, { RangeRequested: header ?? '', ActualObjectSize: String(size) });
