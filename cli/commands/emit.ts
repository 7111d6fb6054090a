import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FaasError } from '../../runtime/core/errors.ts';
import { requireRuntime } from '../client/locate.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { plural } from '../terminal/format.ts';

interface EmitOptions {
  file?: string;
  event: string;
  to?: string;
}

export const define: Define = (command, context) => {
  command
    .argument('<source>', 'what the event comes from: s3')
    .argument('<bucket>', 'the bucket')
    .argument('[key]', 'the key of the object; with --file default: its name')
    .option('--file <file>', 'also store this file as the object')
    .option('--event <name>', 'which event', 'ObjectCreated:Put')
    .option('--to <function>', 'only to this function, whether or not it has a trigger for it')
    .addHelpText(
      'after',
      `
Examples:
  $ faas emit s3 photos in/cat.jpg --file cat.jpg
  $ faas emit s3 photos in/cat.jpg --event ObjectRemoved:Delete --to cleanup`,
    )
    .action((source: string, bucket: string, key: string | undefined, options: EmitOptions) =>
      emit(context(), source, bucket, key, options),
    );
};

async function emit(
  context: Context,
  source: string,
  bucket: string,
  key: string | undefined,
  { file, event, to }: EmitOptions,
): Promise<void> {
  if (source !== 's3')
    throw usage('the source of the event is not known', 's3', source, 'faas emit s3 BUCKET KEY');
  const object = file === undefined ? undefined : await openFile(context, file);
  const name = key ?? (file === undefined ? undefined : basename(file));
  if (name === undefined)
    throw usage('the object has no key', 'KEY or --file', 'neither', 'faas emit s3 BUCKET KEY');
  const client = await requireRuntime(context);
  const answer = await client.post<{ requestIds: string[]; stored: boolean }>('/api/emit/s3', {
    query: { bucket, key: name, event, to, store: object ? 1 : undefined },
    ...(object ? { body: object() } : {}),
  });
  context.result(answer, () => describe(context, answer, `${bucket}/${name}`, event));
}

/** Opened only when a runtime was found, so that nothing is left open when there is none. */
async function openFile({ io }: Context, file: string): Promise<() => NodeJS.ReadableStream> {
  const path = resolve(io.cwd, file);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return () => createReadStream(path);
  throw usage(
    'the file cannot be stored',
    'a file',
    found ? `a folder: ${path}` : `nothing at ${path}`,
    '--file FILE',
  );
}

function describe(
  { colors }: Context,
  { requestIds, stored }: { requestIds: string[]; stored: boolean },
  object: string,
  event: string,
): string {
  const heading = `${event} ${colors.bold(object)}${stored ? ' (stored)' : ''}`;
  if (requestIds.length === 0) {
    return `${heading}\n${colors.yellow('  no trigger matches: nothing was invoked')}  ${colors.dim('--to FUNCTION sends it anyway')}`;
  }
  return [
    `${heading} → ${plural(requestIds.length, 'invocation')}`,
    ...requestIds.map((id) => colors.dim(`  faas logs --request ${id}`)),
  ].join('\n');
}

const usage = (message: string, expected: string, got: string, remedy: string): FaasError =>
  new FaasError('UsageError', message, { expected, got, remedy });
