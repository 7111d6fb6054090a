/** tsconfig.json as far as a build depends on it: esbuild reads it itself, but says neither which nor how. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';

/** The nearest tsconfig.json and the files it extends by path, nearest first. */
export function tsconfigChain(source: string): string[] {
  const chain: string[] = [];
  const queue = [nearest(source)];
  for (const path of queue) {
    if (path === undefined || chain.includes(path)) continue;
    chain.push(path);
    queue.push(...extendedBy(path));
  }
  return chain;
}

/** esbuild has no types to emit: decorators of some frameworks then find no metadata. */
export const wantsDecoratorMetadata = (chain: readonly string[]): boolean =>
  chain.some((path) => /"emitDecoratorMetadata"\s*:\s*true/.test(readText(path)));

function nearest(start: string): string | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    const path = join(dir, 'tsconfig.json');
    if (existsSync(path)) return path;
    if (dir === dirname(dir)) return undefined;
  }
}

/** The file is JSON with comments; only `extends` is wanted, so it is searched for and not parsed. */
function extendedBy(path: string): string[] {
  const value = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(readText(path))?.[1] ?? '';
  return [...value.matchAll(/"([^"]+)"/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => target.startsWith('.') || isAbsolute(target))
    .map((target) => resolve(dirname(path), extname(target) === '.json' ? target : `${target}.json`))
    .filter((target) => statSync(target, { throwIfNoEntry: false })?.isFile());
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
