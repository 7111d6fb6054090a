import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../deploy-flags.ts';
import type { DevFlags } from '../dev/develop.ts';
import { withServeFlags } from '../start/flags.ts';

export const define: Define = (command, context) => {
  withServeFlags(command)
    .option('--debug-port <n>', 'let a debugger attach to the function on this port', wholeNumber)
    .option('--debug-function <name>', 'which function (default: the only one)')
    .addHelpText(
      'after',
      `
As faas start, and what you save is built and takes over: the configuration, too. Running calls finish on the code they
began with; code that does not build or start changes nothing. With --json: one line for each swap beside the others.

Examples:
  $ faas dev
  $ faas dev --debug-port 9229 --debug-function hello`,
    )
    .action((flags: DevFlags) => dev(context(), flags));
};

async function dev(context: Context, flags: DevFlags): Promise<void> {
  const { develop } = await import('../dev/develop.ts');
  context.exitCode = await develop(context, flags);
}
