/** `node bench/write-docs.ts`: puts the figures of bench/results.json into docs/performance.md and README.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fill } from './report/markdown.ts';
import { readResults } from './report/results.ts';

const results = readResults(new URL('./results.json', import.meta.url));
for (const name of ['docs/performance.md', 'README.md']) {
  const document = new URL(`../${name}`, import.meta.url);
  writeFileSync(document, fill(readFileSync(document, 'utf8'), results));
}
