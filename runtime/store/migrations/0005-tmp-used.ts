/** What `/tmp` held at the end of a call; null where it could not be read, and in records of versions that did not. */
export const tmpUsed = `
ALTER TABLE records ADD COLUMN tmp_used_mb REAL;
`;
