/**
 * Source maps for stack traces that name the user's files: sources become paths below the artifact's root (so that
 * nothing of the machine that built it is in it), third-party text is left out (it is most of a map's size).
 */
import { readFileSync } from 'node:fs';
import { dirname, posix, relative, resolve, sep } from 'node:path';
import { isThirdParty } from './package-json.ts';

interface SourceMap {
  sources: string[];
  sourcesContent?: (string | null)[];
}

/**
 * @param json esbuild's map
 * @param place `source`: the function folder; `from`: absolute path esbuild takes the sources from;
 *   `entry`: the bundle's path below the artifact's root; `rewritten`: files whose text esbuild did not see as it is
 */
export function tidySourceMap(
  json: string,
  place: { source: string; from: string; entry: string; rewritten: ReadonlySet<string> },
): string {
  const map = JSON.parse(json) as SourceMap; // esbuild's own output
  const paths = map.sources.map((path) => resolve(dirname(place.from), path));
  map.sources = paths.map((path) =>
    posix.relative(posix.dirname(place.entry), displayPath(place.source, path)),
  );
  map.sourcesContent = paths.map((path, index) => {
    if (isThirdParty(path)) return null;
    return place.rewritten.has(path) ? readFileSync(path, 'utf8') : (map.sourcesContent?.[index] ?? null);
  });
  return JSON.stringify(map);
}

/** Where a stack trace shall say a file is, relative to the artifact's root: never above it. */
function displayPath(source: string, path: string): string {
  const inside = relative(source, path).split(sep).join('/');
  const at = inside.indexOf('node_modules/');
  return at === -1 ? inside.replace(/^(?:\.\.\/)+/, '') : inside.slice(at);
}
