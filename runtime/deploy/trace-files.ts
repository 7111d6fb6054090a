/** Which files a set of imports reaches, by @vercel/nft's reading of the code. */
import { readFile, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import type { ExternalImport } from './bundle.ts';

/** Real paths of the files nft finds, first-party ones excepted: the folder's own are carried anyway. */
export async function traceFiles(source: string, externals: readonly ExternalImport[]): Promise<string[]> {
  const entries = virtualEntries(externals);
  if (entries.size === 0) return [];
  const { nodeFileTrace } = await import('@vercel/nft');
  const { root } = parse(source);
  const { fileList } = await nodeFileTrace([...entries.keys()], {
    base: root,
    processCwd: source,
    ts: false,
    readFile: remember(
      async (path) => entries.get(path)?.text ?? (mayImport(path) ? orNull(readFile(path, 'utf8')) : ''),
    ),
    stat: remember((path) => orNull(stat(entries.get(path)?.importer ?? path))),
    readlink: remember((path) => orNull(readlink(path))),
  });
  const files = [...fileList].map((path) => join(root, path)).filter((path) => !entries.has(path));
  const real = await Promise.all(files.map((path) => orNull(realpath(path))));
  return [...new Set(real)].filter((path) => path !== null);
}

/** nft starts from files: one for each folder that imports and each kind of import, which exists only here. */
function virtualEntries(
  externals: readonly ExternalImport[],
): Map<string, { text: string; importer: string }> {
  const entries = new Map<string, { text: string; importer: string }>();
  for (const { specifier, kind, importer } of externals) {
    const path = join(dirname(importer), `.faas-imports.${kind === 'import' ? 'mjs' : 'cjs'}`);
    const quoted = JSON.stringify(specifier);
    const line = kind === 'import' ? `import ${quoted};\n` : `require(${quoted});\n`;
    entries.set(path, { text: (entries.get(path)?.text ?? '') + line, importer });
  }
  return entries;
}

/** nft reads every file as text, 17 MB of libvips too. */
const mayImport = (path: string): boolean =>
  /\.(?:[cm]?[jt]sx?|json)$/.test(path) || !/\.[^/\\]+$/.test(path);

/** nft asks for the same paths again and again; its own cache is lost where its file system is replaced. */
function remember<T>(ask: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (path) => {
    const answer = answers.get(path) ?? ask(path);
    answers.set(path, answer);
    return answer;
  };
}

const orNull = <T>(promise: Promise<T>): Promise<T | null> => promise.catch(() => null);
