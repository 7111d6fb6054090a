import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The one JavaScript file that runs inside every sandbox. A published package carries it ready made; a checkout
 * builds it from source, so that what is tested is what is written.
 *
 * @param cacheDir where a checkout keeps the built file
 * @returns absolute path of a CommonJS file without imports other than node: modules
 */
export async function bootstrapFile(cacheDir: string): Promise<string> {
  const prebuilt = fileURLToPath(new URL('../sandbox/bootstrap/bootstrap.cjs', import.meta.url));
  if (existsSync(prebuilt)) return prebuilt;
  const code = await bundleBootstrap(fileURLToPath(new URL('../sandbox/bootstrap/main.ts', import.meta.url)));
  const file = join(
    cacheDir,
    `bootstrap-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.cjs`,
  );
  if (existsSync(file)) return file;
  await mkdir(cacheDir, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, file);
  return file;
}

/** Bundles the bootstrap's entry; also what the package build calls. */
export async function bundleBootstrap(entry: string): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node22.18',
    format: 'cjs',
    write: false,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
