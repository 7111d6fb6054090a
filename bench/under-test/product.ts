/** What is measured: the package as `npm install` would leave it, in a folder that no later edit of the sources reaches. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Product {
  /** `package`: built and laid out as installed. `sources`: as a checkout runs; slower to start. */
  kind: 'package' | 'sources';
  /** The faas command: a file to run with Node. */
  command: string;
  /** Why it is not the package. */
  note: string | null;
}

/** Builds the package below `folder`; where the sources do not build, they are measured themselves. */
export function prepareProduct(folder: string): Product {
  const home = join(folder, 'node_modules', 'faas');
  mkdirSync(join(home, 'cli'), { recursive: true });
  const build = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts'), '--out', join(home, 'dist')], {
    encoding: 'utf8',
  });
  if (build.status !== 0) {
    const note = `the package could not be built: ${(build.stdout + build.stderr).trim().split('\n')[0]}`;
    return { kind: 'sources', command: join(ROOT, 'cli/main.ts'), note };
  }
  for (const file of ['package.json', 'cli/faas.js']) cpSync(join(ROOT, file), join(home, file));
  linkDependencies(join(folder, 'node_modules'));
  return { kind: 'package', command: join(home, 'cli/faas.js'), note: null };
}

function linkDependencies(modules: string): void {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
  }
}
