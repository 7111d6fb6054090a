/** Writes what the schema says of itself: the tables of docs/configuration.md and the types of a configuration file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { S3_EVENT_PATTERNS } from '../runtime/config/s3-trigger.ts';
import { functionSchema, settingsSchema } from '../runtime/config/schema.ts';
import { optionsOf, schemaAt } from '../runtime/config/walk.ts';
import type { Option, Path } from '../runtime/config/walk.ts';
import { userConfigSource } from './user-config.ts';

const DOCUMENT = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const TYPES = fileURLToPath(new URL('../runtime/config/user-config.ts', import.meta.url));

const TABLES: Record<string, () => string> = {
  functions: () => optionTable(optionsOf(functionSchema)),
  http: () => optionTable(optionsOf(triggerAt('http'))),
  cors: () => optionTable(optionsOf(triggerAt('http', 'cors'))),
  s3: () => optionTable(optionsOf(triggerAt('s3'))),
  's3-events': () => S3_EVENT_PATTERNS.map((pattern) => `\`${pattern}\``).join(', '),
  settings: () => optionTable(optionsOf(settingsSchema)),
  sources: sourceTable,
};

/** The document with its tables made anew: what stands between `<!-- table: NAME -->` and `<!-- end -->`. */
function withTables(document: string): string {
  return document.replace(
    /(<!-- table: ([\w-]+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const make = TABLES[name];
      if (!make)
        throw new Error(`docs/configuration.md asks for the table '${name}', which is not made here`);
      return `${begin}${make()}\n${end}`;
    },
  );
}

function triggerAt(...path: Path): z.core.$ZodType {
  const schema = schemaAt(functionSchema, ['triggers', 0, ...path]);
  if (!schema) throw new Error(`a trigger has no ${path.join('.')}`);
  return schema;
}

function optionTable(options: Option[]): string {
  return table(
    ['key', 'value', 'default', 'what it does'],
    options.map(({ path, meta, defaultValue, required }) => [
      code(path.join('.')),
      meta.expected ?? '',
      defaultValue === undefined
        ? required
          ? 'required'
          : ''
        : code(JSON.stringify(defaultValue).replaceAll('"', "'")),
      meta.description ?? '',
    ]),
  );
}

/** Only what a flag or a variable can set. */
function sourceTable(): string {
  const settable = optionsOf(settingsSchema).filter(({ meta }) => meta.flag ?? meta.env);
  return table(
    ['key', 'flag', 'environment'],
    settable.map(({ path, meta }) => [
      code(path.join('.')),
      meta.flag ? code(meta.flag) : '',
      meta.env ? code(meta.env) : '',
    ]),
  );
}

const code = (text: string): string => `\`${text}\``;

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What this script keeps: each file and what it should hold. */
export function generatedFiles(): { file: string; fresh: string }[] {
  return [
    { file: DOCUMENT, fresh: withTables(readFileSync(DOCUMENT, 'utf8')) },
    { file: TYPES, fresh: userConfigSource() },
  ];
}

if (import.meta.main) for (const { file, fresh } of generatedFiles()) writeFileSync(file, fresh);
