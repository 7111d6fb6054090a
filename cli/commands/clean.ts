import { Option } from 'commander';
import { findRuntime, usualDataDir } from '../client/locate.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { FaasError } from '../../runtime/core/errors.ts';

export interface CleanOptions {
  all?: boolean;
  dryRun?: boolean;
}

export const define: Define = (command, context) => {
  command
    .addOption(
      new Option('--all', 'the whole data directory: functions, records, logs and stored objects as well'),
    )
    .addOption(new Option('--dry-run', 'only say what would be removed'))
    .addHelpText(
      'after',
      `
Removes what a killed runtime left of this data directory (containers, processes, folders, sockets), builds that no
function uses, and function images. Refuses while a runtime runs.

Examples:
  $ faas clean --dry-run
  $ faas clean --all`,
    )
    .action((options: CleanOptions) => clean(context(), options));
};

async function clean(context: Context, options: CleanOptions): Promise<void> {
  if (await findRuntime(context)) {
    throw new FaasError('RuntimeAlreadyRunning', 'a runtime is using this data directory', {
      expected: 'no running runtime',
      got: usualDataDir(context),
      remedy: 'stop it first (Ctrl-C where faas start runs)',
    });
  }
  const { cleanDataDir } = await import('../offline/clean.ts');
  await cleanDataDir(context, options);
}
