import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { withServeFlags, type ServeFlags } from '../start/flags.ts';

export const define: Define = (command, context) => {
  withServeFlags(command)
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
    .action((flags: ServeFlags) => start(context(), flags));
};

/** Loaded apart from the flags: `faas start --help` needs no engine client, no schema and no SQLite. */
async function start(context: Context, flags: ServeFlags): Promise<void> {
  const { serve } = await import('../start/serve.ts');
  context.exitCode = await serve(context, { ...flags });
}
