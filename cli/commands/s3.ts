import { Argument } from 'commander';
import { FaasError } from '../../runtime/core/errors.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';

interface S3Options {
  recursive?: boolean;
}

export const define: Define = (command, context) => {
  command
    .addArgument(new Argument('<action>', 'what to do').choices(['ls', 'cp', 'rm', 'mb', 'rb']))
    .argument('[places...]', 's3://BUCKET/KEY, a path, or - for stdin and stdout')
    .option('-r, --recursive', 'everything below the prefix or folder')
    .addHelpText(
      'after',
      `
For people without an S3 client; aws, rclone and every SDK work as well (docs/s3.md).

Examples:
  $ faas s3 ls
  $ faas s3 ls s3://photos/in/
  $ faas s3 cp cat.jpg s3://photos/in/
  $ faas s3 cp --recursive s3://photos/in/ ./photos
  $ faas s3 rm s3://photos/in/cat.jpg
  $ faas s3 mb s3://thumbnails`,
    )
    .action((action: Action, places: string[], options: S3Options) =>
      run(context(), action, places, options.recursive === true),
    );
};

type Action = keyof typeof PLACES;

/** How many places each action takes. */
const PLACES = { ls: [0, 1], cp: [2, 2], rm: [1, 1], mb: [1, 1], rb: [1, 1] } as const;

async function run(context: Context, action: Action, places: string[], recursive: boolean): Promise<void> {
  const [least, most] = PLACES[action];
  if (places.length < least || places.length > most) {
    throw new FaasError('UsageError', `faas s3 ${action} takes ${most === 2 ? 'two places' : 'one place'}`, {
      got: places.join(' ') || 'none',
      remedy: 'faas s3 --help',
    });
  }
  // Loaded when the line is right: it brings the configuration's schema.
  const { actions } = await import('../s3/actions.ts');
  await actions[action](context, places, recursive);
}
