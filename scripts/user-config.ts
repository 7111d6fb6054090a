/** Writes the types of a configuration file as plain TypeScript, so that an editor shows what each key does. */
import type * as z from 'zod';
import { functionSchema, settingsSchema } from '../runtime/config/schema.ts';
import { metaOf, unwrap } from '../runtime/config/walk.ts';

/** Between the members of a union of plain types; an object's own unions stand on further lines. */
const UNION = / \| (?![^]*\n)/;

/** The source of runtime/config/user-config.ts. */
export function userConfigSource(): string {
  return `// Written by scripts/docs.ts from schema.ts; change it there.

/** One function of a configuration. */
export interface UserFunction ${objectType(functionSchema, '')}

/** What a \`faas.config.ts\` exports by default. */
export interface UserConfig {
  /** The functions, by their names: 1 to 64 letters, digits, \`-\` and \`_\`. */
  functions?: Record<string, UserFunction> | undefined;
${members(settingsSchema, '  ')}
}
`;
}

function objectType(schema: z.core.$ZodType, indent: string): string {
  return `{\n${members(schema, `${indent}  `)}\n${indent}}`;
}

function members(schema: z.core.$ZodType, indent: string): string {
  const { def } = unwrap(schema)._zod;
  if (def.type !== 'object') throw new Error(`an object schema has keys; this is ${def.type}`);
  return Object.entries(def.shape)
    .map(([key, value]) => {
      const optional = isOptional(value);
      const type = typeOf(value, indent);
      return `${comment(value, indent)}${indent}${key}${optional ? '?' : ''}: ${optional && type !== 'undefined' ? `${type} | undefined` : type};`;
    })
    .join('\n');
}

function typeOf(schema: z.core.$ZodType, indent: string): string {
  const known = unwrap(schema);
  const { def } = known._zod;
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return def.type;
    case 'enum':
      return Object.values(def.entries)
        .map((value) => `'${value}'`)
        .join(' | ');
    case 'literal':
      return def.values.map((value) => `'${String(value)}'`).join(' | ');
    case 'array': {
      const element = typeOf(def.element, indent);
      return / \| /.test(element) ? `(${element})[]` : `${element}[]`;
    }
    case 'record':
      return `Record<string, ${typeOf(def.valueType, indent)}>`;
    case 'union': {
      const types = def.options.flatMap((option) => typeOf(option, indent).split(UNION));
      // A word beside any text adds nothing.
      return types.filter((type) => !(type.startsWith("'") && types.includes('string'))).join(' | ');
    }
    case 'object':
      return objectType(known, indent);
    default:
      throw new Error(`no type is written for ${def.type} yet`);
  }
}

function isOptional(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'optional' || def.type === 'prefault' || def.type === 'default';
}

function comment(schema: z.core.$ZodType, indent: string): string {
  const { description, expected } = metaOf(schema);
  if (!description) return '';
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const value =
    def.type === 'prefault' ? ` Default: \`${JSON.stringify(def.defaultValue).replaceAll('"', "'")}\`.` : '';
  const lines = [
    description,
    ...(expected ? [`${expected[0]?.toUpperCase()}${expected.slice(1)}.${value}`] : []),
  ];
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line.replaceAll('*/', '*\\/')}\n`).join('')}${indent} */\n`;
}
