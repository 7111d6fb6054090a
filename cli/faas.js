#!/usr/bin/env node
// The `faas` command. Plain JavaScript that old versions of Node understand too, so that they can say what is missing
// (or hand over to a newer one), before anything that needs a new version is loaded.
import * as module from 'module';
import { existsSync, readFileSync, readdirSync, statSync } from 'fs';
import { dirname, join, sep } from 'path';
import { fileURLToPath, pathToFileURL } from 'url';

const NEEDED = [22, 18];
const HANDED_OVER = 'FAAS_HANDED_OVER';
const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (isNewEnough(process.versions.node)) run();
else handOver();

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function run() {
  silenceKnownWarnings();
  endWithLauncher();
  module.enableCompileCache();
  import(pathToFileURL(entry()).href).catch((error) => {
    process.exitCode = 1;
    process.stderr.write(`${error && error.stack ? error.stack : error}\n`);
  });
}

// A checkout runs its sources, unless what was built from them is newer; a package has nothing but the build.
function entry() {
  const built = join(root, 'dist', 'cli', 'main.js');
  const source = join(root, 'cli', 'main.ts');
  const isPackage = root.split(sep).includes('node_modules') || !existsSync(source);
  return isPackage || isFresh(built) ? built : source;
}

function isFresh(built) {
  const { mtimeMs } = statSync(built, { throwIfNoEntry: false }) || { mtimeMs: 0 };
  return (
    mtimeMs > 0 && ['cli', 'gateway', 'runtime'].every((folder) => !hasNewer(join(root, folder), mtimeMs))
  );
}

function hasNewer(folder, mtimeMs) {
  return readdirSync(folder, { withFileTypes: true }).some((one) => {
    const path = join(folder, one.name);
    // A folder's own time tells of files that were removed or renamed.
    return statSync(path).mtimeMs > mtimeMs || (one.isDirectory() && hasNewer(path, mtimeMs));
  });
}

// Node 22 warns that type stripping and node:sqlite are new. Both are what this version of faas was tested with.
function silenceKnownWarnings() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (/^(SQLite|Type Stripping|stripTypeScriptTypes) is an experimental feature/.test(String(warning)))
      return;
    emit.call(process, warning, ...rest);
  };
}

// --- too old: hand over to a newer Node ---------------------------------------------------------

function handOver() {
  const node = process.env[HANDED_OVER] ? undefined : newerNode();
  if (!node) {
    process.stderr.write(
      `error: this version of Node is too old for faas\n  expected: Node ${NEEDED.join('.')} or newer\n  got: Node ${process.versions.node} (${process.execPath})\n  remedy: install a newer Node from https://nodejs.org, or add one to this project: npm install --save-dev node@24\n`,
    );
    process.exitCode = 2;
    return;
  }
  // Needed here only, and a command's start is to be fast.
  const { spawn } = module.createRequire(import.meta.url)('child_process');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [HANDED_OVER]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C reaches both processes from the terminal; passed on, it would count as the second one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    if (signal) process.removeAllListeners(signal).kill(process.pid, signal);
    process.exitCode = code === null ? 1 : code;
  });
}

// The npm package `node` puts a Node into node_modules.
function newerNode() {
  for (const start of [process.cwd(), root]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const found = join(folder, 'node_modules', 'node');
      const node = join(found, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
      if (existsSync(node) && isNewEnough(versionOf(found))) return node;
      if (dirname(folder) === folder) break;
    }
  }
  return undefined;
}

function versionOf(folder) {
  try {
    return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version);
  } catch {
    return '0.0.0';
  }
}

// The process that handed over may be killed without a chance to pass the signal on.
function endWithLauncher() {
  if (!process.env[HANDED_OVER] || !process.channel) return;
  delete process.env[HANDED_OVER];
  process.channel.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
