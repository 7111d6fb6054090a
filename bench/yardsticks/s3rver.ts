/** s3rver: the S3 server for development that Node projects have used for years. Installed from npm below `parent`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, listening } from '../under-test/start-command.ts';
import { timeCommand } from './commands.ts';

export interface S3Server extends AsyncDisposable {
  url: string;
  version: string;
}

/** Serves the bucket `bench`. */
export async function startS3rver(parent: string): Promise<S3Server> {
  const folder = join(parent, 's3rver');
  await mkdir(folder);
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await timeCommand(['npm', 'install', '--prefix', folder, ...quietly, 's3rver'], { cwd: folder });
  const home = join(folder, 'node_modules', 's3rver');
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const port = await freePort();
  const args = ['--directory', join(folder, 'objects'), '--port', `${port}`, '--address', '127.0.0.1'];
  const child = spawn(
    process.execPath,
    [join(home, 'bin/s3rver.js'), '--silent', ...args, '--configure-bucket', 'bench'],
    { stdio: 'ignore' },
  );
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await listening(url);
  return {
    url,
    version,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
