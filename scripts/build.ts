/** Makes dist/: JavaScript and declarations, for the package (Node strips no types under node_modules). */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleBootstrap } from '../runtime/deploy/bootstrap-bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const BOOTSTRAP = 'runtime/sandbox/bootstrap';

const startedAt = performance.now();
// Built beside dist/ and moved over it as a whole, so that nobody ever runs half a build.
const unfinished = mkdtempSync(join(root, '.dist-'));
try {
  compile(unfinished);
  await addBootstrap(unfinished);
  copyAssets(unfinished);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(unfinished, join(root, 'dist'));
} catch (error) {
  rmSync(unfinished, { recursive: true, force: true });
  throw error;
}
console.log(`dist/ built in ${Math.round(performance.now() - startedAt)} ms`);

function compile(outDir: string): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error('The sources do not compile; dist/ is left as it was.');
    rmSync(outDir, { recursive: true, force: true });
    process.exit(1);
  }
  // The package's types are those of runtime/index.ts; the rest has no reader.
  for (const file of globSync(['cli/**/*.d.ts', 'gateway/**/*.d.ts'], { cwd: outDir }))
    rmSync(join(outDir, file));
}

/** Where bootstrapFile() looks first. */
async function addBootstrap(outDir: string): Promise<void> {
  writeFileSync(
    join(outDir, BOOTSTRAP, 'bootstrap.cjs'),
    await bundleBootstrap(join(root, BOOTSTRAP, 'main.ts')),
  );
}

/** Whatever the code reads at run time from beside itself: templates as they are, and every file that is no source. */
function copyAssets(outDir: string): void {
  const assets = globSync(
    ['{runtime,gateway,cli}/**/templates', '{runtime,gateway,cli}/**/*.{json,sql,html,css,svg,txt}'],
    {
      cwd: root,
    },
  );
  for (const asset of assets) cpSync(join(root, asset), join(outDir, asset), { recursive: true });
}
