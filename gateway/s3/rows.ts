/** Columns that hold JSON of our own writing. */
import type { Checksum } from './checksums.ts';
import type { ObjectHeaders } from './objects.ts';

// Casts: only this version of the program or an older one wrote these columns, and migrations keep them.
export const readChecksum = (column: unknown): Checksum | undefined =>
  typeof column === 'string' ? (JSON.parse(column) as Checksum) : undefined;

export const readHeaders = (column: unknown): ObjectHeaders => JSON.parse(String(column)) as ObjectHeaders;
