/**
 * Changes the `memory` of one function in the text of a configuration file, and nothing else.
 *
 * The file is a program. What is edited is the plain case: the default export is an object literal, perhaps handed to
 * a function such as defineConfig, perhaps by the name of a constant, in which `functions` and the function's own entry
 * are object literals too. Everything else (spreads, calls, computed values) is left to its author.
 */
import { stripTypeScriptTypes } from 'node:module';
import { parse, parseExpressionAt } from 'acorn';
import type { Expression, ObjectExpression, Program, Property } from 'acorn';

/** The new text, or undefined where it cannot be changed safely. */
export function editMemory(text: string, functionName: string, memoryMb: number): string | undefined {
  const entry = functionEntry(text, functionName);
  if (entry === undefined) return undefined;
  // A spread behind it could replace what is written here.
  if (entry.properties.some(({ type }) => type === 'SpreadElement')) return undefined;
  const memory = propertyOf(entry, 'memory');
  if (memory !== undefined) {
    const { value } = memory;
    if (value.type !== 'Literal' || typeof value.value !== 'number') return undefined;
    return replaced(text, value.start, value.end, String(memoryMb));
  }
  return withMemory(text, entry, memoryMb);
}

const replaced = (text: string, start: number, end: number, by: string): string =>
  text.slice(0, start) + by + text.slice(end);

/** Behind `source`, in the way that entry is written: on one line or on lines of their own. */
function withMemory(text: string, entry: ObjectExpression, memoryMb: number): string | undefined {
  const source = propertyOf(entry, 'source');
  if (source === undefined) return undefined;
  const lineStart = text.lastIndexOf('\n', source.start) + 1;
  const indent = text.slice(lineStart, source.start);
  const separator = /^\s*$/u.test(indent) && lineStart > entry.start ? `,\n${indent}` : ', ';
  const key = text[source.key.start] === '"' ? '"memory"' : 'memory';
  return replaced(text, source.end, source.end, `${separator}${key}: ${memoryMb}`);
}

function functionEntry(text: string, functionName: string): ObjectExpression | undefined {
  try {
    const config = configObject(text);
    const functions = config && objectAt(config, 'functions');
    return functions && objectAt(functions, functionName);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Types become blanks, so that every place in the program is one in the text. */
function configObject(text: string): ObjectExpression | undefined {
  if (text.trimStart().startsWith('{')) {
    const json = parseExpressionAt(text, 0, { ecmaVersion: 'latest' });
    return json.type === 'ObjectExpression' ? json : undefined;
  }
  const program = parse(stripTypeScriptTypes(text, { mode: 'strip' }), {
    ecmaVersion: 'latest',
    sourceType: 'module',
  });
  const exported = program.body.find((statement) => statement.type === 'ExportDefaultDeclaration');
  if (exported === undefined) return undefined;
  const { declaration } = exported;
  if (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') return undefined;
  return objectOf(declaration, program);
}

function objectOf(expression: Expression, program: Program): ObjectExpression | undefined {
  switch (expression.type) {
    case 'ObjectExpression':
      return expression;
    case 'ParenthesizedExpression':
      return objectOf(expression.expression, program);
    case 'CallExpression': {
      const [argument, ...more] = expression.arguments;
      if (argument === undefined || argument.type === 'SpreadElement' || more.length > 0) return undefined;
      return objectOf(argument, program);
    }
    case 'Identifier': {
      const value = constantOf(expression.name, program);
      return value && objectOf(value, program);
    }
    default:
      return undefined;
  }
}

function constantOf(name: string, { body }: Program): Expression | undefined {
  for (const statement of body) {
    if (statement.type !== 'VariableDeclaration' || statement.kind !== 'const') continue;
    const found = statement.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name);
    if (found?.init) return found.init;
  }
  return undefined;
}

function objectAt(object: ObjectExpression, key: string): ObjectExpression | undefined {
  const value = propertyOf(object, key)?.value;
  return value?.type === 'ObjectExpression' ? value : undefined;
}

/** The last one of that name: it is the one that counts. */
const propertyOf = (object: ObjectExpression, name: string): Property | undefined =>
  object.properties.findLast(
    (property): property is Property =>
      property.type === 'Property' &&
      !property.computed &&
      ((property.key.type === 'Identifier' && property.key.name === name) ||
        (property.key.type === 'Literal' && property.key.value === name)),
  );
