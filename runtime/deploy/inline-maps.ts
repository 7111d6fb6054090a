/**
 * For a debugger: source maps inside of the code, with the real places of the sources. Breakpoints that are set in an
 * editor are found then, wherever the sandbox has the code, and without a line of configuration.
 */
import { posix, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bundle } from './bundle.ts';

const LINK = /\/\/# sourceMappingURL=(\S+)\s*$/;

/** @param source the function folder */
export function withInlineMaps(source: string, made: Bundle): Bundle {
  const maps = new Map(
    made.files.filter(({ path }) => path.endsWith('.map')).map((file) => [file.path, file]),
  );
  const files = made.files
    .filter(({ path }) => !maps.has(path))
    .map((file) => {
      const code = Buffer.from(file.content).toString();
      const link = LINK.exec(code)?.[1];
      const map = link && maps.get(posix.join(posix.dirname(file.path), decodeURIComponent(link)));
      if (!map) return file;
      const inline = inlined(source, made.inputs, map);
      return { ...file, content: Buffer.from(code.replace(LINK, () => `//# sourceMappingURL=${inline}\n`)) };
    });
  return { ...made, files };
}

function inlined(source: string, inputs: readonly string[], map: Bundle['files'][number]): string {
  const parsed = JSON.parse(Buffer.from(map.content).toString()) as { sources: string[] }; // our own
  const sources = parsed.sources.map((path) => {
    const inside = posix.join(posix.dirname(map.path), path);
    const own = resolve(source, inside);
    // A path from outside of the folder has lost its way there (source-map.ts).
    const real = inputs.includes(own) ? own : inputs.find((input) => input.endsWith(`/${inside}`));
    return pathToFileURL(real ?? own).href;
  });
  const json = JSON.stringify({ ...parsed, sources });
  return `data:application/json;base64,${Buffer.from(json).toString('base64')}`;
}
