/**
 * Source maps for stack traces that name the user's files: sources become paths below the artifact's root (so that
 * nothing of the machine that built it is in it), third-party text is left out (it is most of a map's size).
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, posix, relative, resolve, sep } from 'node:path';

interface SourceMap {
  sources: string[];
  sourcesContent?: (string | null)[];
}

export interface MapPlace {
  /** Real path of the function folder. */
  source: string;
  /** Absolute path that the map's sources are relative to. */
  from: string;
  /** The bundle's path below the artifact's root. */
  entry: string;
  /** Absolute paths of what was bundled. */
  inputs: ReadonlySet<string>;
  /** Files whose text esbuild did not see as it is on disk. */
  rewritten: ReadonlySet<string>;
}

/** @param json esbuild's map */
export function tidySourceMap(json: string, place: MapPlace): string {
  const map = JSON.parse(json) as SourceMap; // esbuild's own output
  const paths = map.sources.map((path) => resolve(dirname(place.from), path));
  const shown = paths.map((path) => displayPath(place, path));
  map.sourcesContent = paths.map((path, index) => {
    if (shown[index]?.startsWith('node_modules/')) return null;
    return place.rewritten.has(path) ? readFileSync(path, 'utf8') : (map.sourcesContent?.[index] ?? null);
  });
  map.sources = shown.map((path) => posix.relative(posix.dirname(place.entry), path));
  return JSON.stringify(map);
}

/**
 * Where a stack trace shall say a file is, relative to the artifact's root: never above it. What no file was bundled
 * or is found for comes from the map of a package, whose sources were not published: it is none of the user's.
 */
function displayPath({ source, inputs }: MapPlace, path: string): string {
  const inside = relative(source, path).split(sep).join('/');
  const at = inside.indexOf('node_modules/');
  if (at !== -1) return inside.slice(at);
  if (!inside.startsWith('../')) return inside;
  const stripped = inside.replace(/^(?:\.\.\/)+/, '');
  return inputs.has(path) || existsSync(path) ? stripped : `node_modules/${stripped}`;
}
