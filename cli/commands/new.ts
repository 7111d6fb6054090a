import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import { findConfigFile } from '../../runtime/config/find.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { Define } from '../commands.ts';
import type { Context } from '../context.ts';
import { isTemplateName, TEMPLATES, TEMPLATE_NAMES } from '../templates/index.ts';
import type { Template } from '../templates/template.ts';

export const define: Define = (command, context) => {
  const list = Object.entries(TEMPLATES).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  command
    .argument('<name>', "the function's name, or a path whose last part is its name")
    .addOption(
      new Option('-t, --template <name>', 'what to begin with').choices(TEMPLATE_NAMES).default('http'),
    )
    .addHelpText(
      'after',
      `
Templates:
${list.join('\n')}

Without a faas.config.* above the folder, one is written too.

Examples:
  $ faas new hello
  $ faas new functions/notes --template web`,
    )
    .action((path: string, options: { template: string }) => create(context(), path, options.template));
};

async function create(context: Context, path: string, templateName: string): Promise<void> {
  // Commander has checked it against the list.
  if (!isTemplateName(templateName)) throw new TypeError(`unknown template ${templateName}`);
  const template = TEMPLATES[templateName];
  const folder = resolve(context.io.cwd, path);
  const name = basename(folder);
  if (!/^[\w-]{1,64}$/u.test(name)) throw badName(name);
  await assertFree(folder);

  const configFile = findConfigFile(dirname(folder));
  const files = Object.entries(template.files(name)).map(([file, text]) => ({
    path: join(folder, file),
    text,
  }));
  const entry = configEntry(
    name,
    relative(dirname(configFile ?? join(context.io.cwd, 'faas.config.js')), folder),
    template,
  );
  if (configFile === null) {
    files.push({
      path: join(context.io.cwd, 'faas.config.js'),
      text: newConfig(entry),
    });
  }
  await mkdir(folder, { recursive: true });
  for (const { path: file, text } of files) await writeFile(file, text, { flag: 'wx' });

  const written = files.map((file) => relative(context.io.cwd, file.path));
  const next = nextSteps(context, { folder, name, template, configFile, entry });
  context.result({ name, template: templateName, folder, files: written, next }, () =>
    describe(context, written, next),
  );
}

async function assertFree(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new FaasError('UsageError', 'the folder cannot be made', {
      expected: 'a path where a folder can be made',
      got: error.message,
      remedy: 'choose another name',
      cause: error,
    });
  });
  if (entries.length === 0) return;
  throw new FaasError('UsageError', 'the folder is not empty', {
    expected: 'a folder that does not exist yet, or an empty one',
    got: `${folder} with ${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', …' : ''}`,
    remedy: 'choose another name',
  });
}

/** `hello: { source: './hello', triggers: [ … ] }`: a function as one writes it into the configuration. */
function configEntry(name: string, path: string, template: Template): string {
  const key = /^[A-Za-z_]\w*$/u.test(name) ? name : `'${name}'`;
  const source = path.replaceAll('\\', '/');
  return `${key}: { source: '${source.startsWith('.') ? source : `./${source}`}', triggers: ${template.triggers(name)} }`;
}

const newConfig = (entry: string): string => `export default {
  functions: {
    ${entry},
  },
};
`;

interface Created {
  folder: string;
  name: string;
  template: Template;
  configFile: string | null;
  entry: string;
}

function nextSteps({ io }: Context, { folder, name, template, configFile, entry }: Created): string[] {
  const dir = relative(io.cwd, folder) || '.';
  return [
    ...(template.dependencies ? [`npm install --prefix ${dir}`] : []),
    ...(configFile === null ? [] : [`add to functions in ${relative(io.cwd, configFile)}: ${entry}`]),
    'faas start',
    template.tryIt(name),
  ];
}

function describe({ colors }: Context, files: string[], next: string[]): string {
  const { green, dim, bold } = colors;
  return [
    ...files.map((file) => `${green('+')} ${file}`),
    '',
    bold('Next'),
    ...next.map((step) => `  ${step.startsWith('add to') ? step : `${dim('$')} ${step}`}`),
  ].join('\n');
}

const badName = (name: string): FaasError =>
  new FaasError('UsageError', 'the name is not a function’s', {
    expected: 'letters, digits, - and _, at most 64',
    got: name,
    remedy: 'faas new my-function',
  });
