import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** A request id as Lambda gives them: a UUID. */
export const newRequestId = (): string => randomUUID();

/** The account of everything local; twelve digits, as ARNs want it. */
export const ACCOUNT_ID = '000000000000';

/** 12 hex digits: long enough for one machine, short enough to type. Used for sandboxes and sessions. */
export const newShortId = (): string => randomBytes(6).toString('hex');

/** Names a data directory in labels and environments, so that two runtimes never touch each other's. */
export const dataDirId = (absolutePath: string): string =>
  createHash('sha256').update(absolutePath).digest('hex').slice(0, 12);
