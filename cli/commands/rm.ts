import { findRuntime } from '../client/locate.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';

export const define: Define = (command, context) => {
  command
    .argument('<name...>', 'functions to remove')
    .addHelpText(
      'after',
      `
Its instances are stopped; its records and logs stay. A function that faas.config.ts lists comes back with the next start.

Example:
  $ faas rm hello`,
    )
    .action((names: string[]) => rm(context(), names));
};

async function rm(context: Context, names: string[]): Promise<void> {
  const client = await findRuntime(context);
  if (client) {
    for (const name of names) await client.delete(`/api/functions/${encodeURIComponent(name)}`);
  } else {
    const { removeFromDataDir } = await import('../offline/remove.ts');
    await removeFromDataDir(context, names);
  }
  context.result({ removed: names }, () =>
    names.map((name) => `removed ${context.colors.bold(name)}`).join('\n'),
  );
}
