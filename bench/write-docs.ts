/** `node bench/write-docs.ts`: puts the figures of bench/results.json into docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fill } from './report/markdown.ts';
import { readResults } from './report/results.ts';

const docs = new URL('../docs/performance.md', import.meta.url);
const results = readResults(new URL('./results.json', import.meta.url));
writeFileSync(docs, fill(readFileSync(docs, 'utf8'), results));
