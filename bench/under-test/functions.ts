import { fileURLToPath } from 'node:url';

/** The function of nearly every row; see its source for what its query does. */
export const HELLO = fileURLToPath(new URL('../functions/hello', import.meta.url));
