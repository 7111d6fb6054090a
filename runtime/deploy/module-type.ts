/**
 * A function is deployed as its folder: a package.json above it does not come along, on Lambda neither. esbuild would
 * still take that file's `"type": "module"` for the function's, and CommonJS in a folder of an ES module project
 * would lose its `exports`. Without a type, syntax decides.
 */
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { readPackageJson } from './package-json.ts';

/** Whether `.js` files at the folder's root would be judged by a package.json that is not part of it. */
export function inheritsModuleType(source: string): boolean {
  if (existsSync(join(source, 'package.json'))) return false;
  for (let dir = dirname(source); ; dir = dirname(dir)) {
    const json = readPackageJson(join(dir, 'package.json'));
    if (json) return json.type === 'module';
    if (dir === dirname(dir)) return false;
  }
}

/** Resolves the function's own files by hand: what a plugin resolves has no package.json's type. */
export function withoutInheritedType(source: string): Plugin {
  const inside = source + sep;
  return {
    name: 'module-type',
    setup(build) {
      build.onResolve(
        { filter: /^\.{1,2}(?:\/|$)/ },
        async ({ path, importer, resolveDir, kind, with: attributes, pluginData }) => {
          if (pluginData === inside || (importer !== '' && !importer.startsWith(inside))) return undefined;
          if (importer.includes(`${sep}node_modules${sep}`)) return undefined;
          const found = await build.resolve(path, {
            importer,
            resolveDir,
            kind,
            with: attributes,
            pluginData: inside,
          });
          const own = found.errors.length === 0 && !found.external && found.namespace === 'file';
          return own && found.path.startsWith(inside)
            ? { path: found.path, suffix: found.suffix }
            : undefined;
        },
      );
    },
  };
}
