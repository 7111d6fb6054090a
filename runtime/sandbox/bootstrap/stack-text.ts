/** Stack traces as the user should see them: in the lines of the sources, without the frames of this program. */
import { sourceMapper } from './source-maps.ts';

let inSourceLines = (text: string): string => text;

/** From now on positions in files below `root` are shown as positions in their sources. */
export function useSourceMapsOf(root: string): void {
  // Most functions never show a stack, and an init phase has no time for what may not be needed.
  let mapper: ((text: string) => string) | undefined;
  inSourceLines = (text) => (mapper ??= sourceMapper(root))(text);
}

/** Any text that may hold stack traces. */
export function readableStack(text: string): string {
  return text.includes('\n    at ') ? inSourceLines(withoutFramesOf(process.argv[1] ?? '', text)) : text;
}

/** Frames of Node's that lead to a frame, or from it on. */
const BETWEEN = /^\s+at (new Promise \(<anonymous>\)|.*\(?node:)/;

/**
 * Drops the frames in `file`, and those of Node that only led there.
 *
 * @internal
 */
export function withoutFramesOf(file: string, text: string): string {
  let follows = false;
  const kept = text.split('\n').filter((line) => {
    const isOurs = /^\s+at /.test(line) && line.includes(`${file}:`);
    follows = isOurs || (follows && BETWEEN.test(line));
    return !follows;
  });
  return kept.join('\n');
}
