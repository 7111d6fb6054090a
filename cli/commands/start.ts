import type { Define } from '../commands.ts';
import { wholeNumber } from '../deploy-flags.ts';
import type { Context } from '../context.ts';
import { Option } from 'commander';

interface StartOptions {
  port?: number;
  adminPort?: number;
  awsPort?: number;
  host?: string;
  driver?: string;
}

export const define: Define = (command, context) => {
  command
    .option('--port <n>', 'port of the HTTP triggers, 0 for any free one (default: 4000)', wholeNumber)
    .option('--admin-port <n>', 'port of the administration API (default: 4001)', wholeNumber)
    .option('--aws-port <n>', 'port of the AWS-shaped endpoint (default: 4566)', wholeNumber)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .addOption(
      new Option('--driver <name>', 'what runs the functions (default: auto)').choices([
        'auto',
        'docker',
        'process',
      ]),
    )
    .addHelpText(
      'after',
      `
Builds and deploys what the configuration lists and serves it until SIGINT or SIGTERM; then waits up to 10 s for what
runs and removes every sandbox. A second signal does not wait. With --json: one line when it answers, then one line
per finished invocation.

Examples:
  $ faas start
  $ faas start --port 0 --aws-port 0 --admin-port 0 --driver process --json`,
    )
    .action((options: StartOptions) => start(context(), options));
};

/** Loaded apart from the flags: `faas start --help` needs no engine client, no schema and no SQLite. */
async function start(context: Context, options: StartOptions): Promise<void> {
  const { serve } = await import('../start/serve.ts');
  context.exitCode = await serve(context, { ...options });
}
