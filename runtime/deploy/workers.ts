/**
 * Files that a function starts as worker threads or child processes are entries of their own: nothing imports them,
 * but they import. Each is bundled to the place and under the name its starter expects.
 */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Bundle } from './bundle.ts';
import { bundleSettled, type SettleRequest } from './bundle-settled.ts';
import { isThirdParty } from './package-json.ts';
import { isFile } from './stamps.ts';

/** `new Worker(new URL('./w.ts', import.meta.url))`, `fork(join(__dirname, 'w.js'))`, `new Worker('./w.js')`. */
const STARTS =
  /(?:\bnew\s+Worker|\bfork)\s*\(\s*(?<beside>new\s+URL\s*\(|(?:path\s*\.\s*)?(?:join|resolve)\s*\(\s*(?:__dirname|import\.meta\.dirname)\s*,)?(?<parts>(?:\s*(?:"[^"$]*"|'[^'$]*'|`[^`$]*`)\s*,?)+)/g;
const CODE = /\.[cm]?[jt]sx?$/;

/** The function's bundle and those of its workers, as one. */
export async function bundleWithWorkers(request: Omit<SettleRequest, 'keepName'>): Promise<Bundle> {
  const { source, entryFile } = request;
  const main = await bundleSettled(request);
  const parts = [main];
  const seen = new Set([resolve(source, entryFile)]);
  // The list grows while it is walked: workers start workers.
  for (const part of parts) {
    for (const file of part.inputs.flatMap((input) => startedBy(source, input))) {
      if (seen.has(file)) continue;
      seen.add(file);
      const path = relative(source, file).split(sep).join('/');
      parts.push(await bundleSettled({ ...request, entryFile: path, keepName: true }));
    }
  }
  return parts.length === 1 ? main : merge(main, parts);
}

function startedBy(source: string, input: string): string[] {
  if (isThirdParty(input) || !input.startsWith(source + sep) || !CODE.test(input)) return [];
  return [...readFileSync(input, 'utf8').matchAll(STARTS)]
    .map(({ groups }) => {
      const parts = [...(groups?.['parts'] ?? '').matchAll(/["'`]([^"'`]*)["'`]/g)].map(
        ([, part]) => part ?? '',
      );
      return resolve(groups?.['beside'] === undefined ? source : dirname(input), ...parts);
    })
    .filter((file) => CODE.test(file) && file.startsWith(source + sep) && isFile(file));
}

function merge(main: Bundle, parts: readonly Bundle[]): Bundle {
  return {
    ...main,
    files: parts.flatMap(({ files }) => files),
    inputs: [...new Set(parts.flatMap(({ inputs }) => inputs))],
    externals: parts.flatMap(({ externals }) => externals),
    warnings: parts.flatMap(({ warnings }) => warnings),
    code: parts.map(({ code }) => code).join('\n'),
  };
}
