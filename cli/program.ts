import { Command, CommanderError, Option } from 'commander';
import { COMMANDS } from './commands.ts';
import { Context, type CommonOptions } from './context.ts';
import { FaasError } from '../runtime/core/errors.ts';
import type { Io } from './io.ts';
import { describeError, errorDocument, exitCodeOf } from './terminal/errors.ts';
import { version } from './version.ts';

/** Runs one command line and resolves with the exit code. Never rejects, never exits. */
export async function runCli(argv: string[], io: Io): Promise<number> {
  let context = new Context(io, { json: argv.includes('--json'), verbose: argv.includes('--verbose') });
  const program = createProgram(io, (options) => (context = new Context(io, options)));
  try {
    await program.parseAsync(helpAsFlag(argv), { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // --help and --version end parsing the same way as a mistake does.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return reportFailure(error instanceof CommanderError ? usageError(error, argv) : error, context);
  }
}

function createProgram(io: Io, makeContext: (options: CommonOptions) => Context): Command {
  const program = quiet(new Command('faas'), io)
    .description('A local runtime for serverless functions.')
    .usage('<command> [options]')
    .helpCommand(false)
    .enablePositionalOptions()
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help; `faas COMMAND --help` has the details');
  for (const option of commonOptions()) program.addOption(option.hideHelp());
  for (const { name, summary, group } of COMMANDS) {
    program.command(name).description(summary).helpGroup(group);
  }
  program.hook('preSubcommand', (_program, command) => defineCommand(command, makeContext));
  program.addHelpText(
    'after',
    '\nExamples:\n  $ faas new hello && faas start\n  $ faas invoke hello --data \'{"name":"Ada"}\'',
  );
  return program;
}

/**
 * Only the command that runs is loaded. Its flags are declared by its own file, just before it is parsed, so that
 * `faas deploy` does not pay for what `faas start` imports.
 */
async function defineCommand(
  command: Command,
  makeContext: (options: CommonOptions) => Context,
): Promise<void> {
  const entry = COMMANDS.find(({ name }) => name === command.name());
  const module = await entry?.load();
  module?.define(command, () => makeContext(command.optsWithGlobals()));
  const own = new Set(command.options.map((option) => option.attributeName()));
  for (const option of commonOptions()) {
    if (!own.has(option.attributeName())) command.addOption(option);
  }
}

const commonOptions = (): Option[] =>
  [
    new Option('--config <file>', 'configuration file (default: faas.config.* found upwards)'),
    new Option('--data-dir <dir>', 'where state is kept (default: .faas beside the configuration)'),
    new Option('--endpoint <url>', 'administration address of a running runtime'),
    new Option('--json', 'print one JSON document on stdout and nothing else there'),
    new Option('--verbose', 'show details and stack traces'),
  ].map((option) => option.helpGroup('Common options:'));

/** Commander throws instead of exiting; what it would print as an error is printed once, by us. */
function quiet(command: Command, io: Io): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    outputError: () => {},
  });
}

/** `faas help deploy` means `faas deploy --help`, and `faas` alone asks for help too. */
function helpAsFlag(argv: string[]): string[] {
  if (argv.length === 0) return ['--help'];
  if (argv[0] !== 'help') return argv;
  return argv[1] === undefined ? ['--help'] : [argv[1], '--help'];
}

function reportFailure(error: unknown, context: Context): number {
  if (context.json) context.writeJson(errorDocument(error));
  context.note(describeError(error, context.errorColors, context.options.verbose === true));
  return exitCodeOf(error);
}

function usageError(error: CommanderError, argv: string[]): FaasError {
  const message = error.message.replace(/^error: /u, '').replaceAll(/\s*\n\s*/gu, ' ');
  const command = COMMANDS.find(({ name }) => argv.includes(name));
  return new FaasError('UsageError', message, { remedy: `faas ${command ? `${command.name} ` : ''}--help` });
}
