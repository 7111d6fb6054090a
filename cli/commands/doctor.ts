import { Option } from 'commander';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';

export const define: Define = (command, context) => {
  command
    .addOption(
      new Option('--config [file]', 'show each setting and where it came from').helpGroup('Options:'),
    )
    .addHelpText(
      'after',
      `
Looks at Node, the configuration, the data directory, the container engine, the ports and at what a killed runtime may
have left. The exit code is 1 when something is broken.

Examples:
  $ faas doctor
  $ faas doctor --config
  $ faas doctor --config other.config.ts --json`,
    )
    .action(() => doctor(context()));
};

async function doctor(context: Context): Promise<void> {
  if (context.options.config === undefined) {
    const { examine } = await import('../doctor/examine.ts');
    return examine(context);
  }
  const { showSettings } = await import('../doctor/settings.ts');
  return showSettings(context);
}
