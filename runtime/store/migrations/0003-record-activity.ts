/** What an invocation asked of S3; null in records of versions that did not count it. */
export const recordActivity = `
ALTER TABLE records ADD COLUMN s3_requests INTEGER;
ALTER TABLE records ADD COLUMN s3_bytes INTEGER;
`;
