/** The account of the first pair of keys, of unsigned local requests, of functions, and of listed buckets. */
export const OWNER_ACCOUNT = 'faas';
