import { describe, expect, it } from 'vitest';
import { editMemory } from '../../../runtime/config/edit-memory.ts';

const TYPED = `import { defineConfig } from 'faas';
import type { UserConfig } from 'faas';

const size: number = 256; // memory: 1
export default defineConfig({
  functions: {
    hello: { source: './hello', memory: 128, timeout: '3s' },
    'two-words': {
      memory: 1_024, // big
      source: './two',
    },
    plain: {
      source: './plain',
      env: { memory: '5' },
    },
    bare: { source: './bare' },
    computed: { source: './c', memory: size },
    spread: { source: './s', ...({} as object) },
  },
} satisfies UserConfig);
`;

describe('the memory of a function in a configuration file', () => {
  const edits: [what: string, name: string, before: string, after: string][] = [
    ['is replaced where it stands', 'hello', 'memory: 128, timeout', 'memory: 512, timeout'],
    ['keeps what is around it', 'two-words', 'memory: 1_024, // big', 'memory: 512, // big'],
    [
      'is added on a line of its own',
      'plain',
      "source: './plain',\n",
      "source: './plain',\n      memory: 512,\n",
    ],
    ['is added on the same line', 'bare', "{ source: './bare' }", "{ source: './bare', memory: 512 }"],
  ];
  it.each(edits)('%s', (_, name, before, after) => {
    expect(TYPED).toContain(before);
    expect(editMemory(TYPED, name, 512)).toBe(TYPED.replace(before, after));
  });

  const layouts: [what: string, text: string, expected: string][] = [
    [
      'a plain object',
      `export default { functions: { f: { source: 'f' } } }`,
      `export default { functions: { f: { source: 'f', memory: 512 } } }`,
    ],
    [
      'a constant',
      `const config = { functions: { f: { source: 'f' } } };\nexport default defineConfig(config);`,
      `const config = { functions: { f: { source: 'f', memory: 512 } } };\nexport default defineConfig(config);`,
    ],
    [
      'JSON',
      `{\n  "functions": {\n    "f": {\n      "source": "f"\n    }\n  }\n}\n`,
      `{\n  "functions": {\n    "f": {\n      "source": "f",\n      "memory": 512\n    }\n  }\n}\n`,
    ],
  ];
  it.each(layouts)('is found in %s', (_, text, expected) => {
    expect(editMemory(text, 'f', 512)).toBe(expected);
  });

  const left: [what: string, text: string][] = [
    ['the value is computed', `export default { functions: { f: { source: 'f', memory: 2 * 128 } } }`],
    [
      'a spread may say otherwise',
      `export default { functions: { f: { source: 'f', memory: 128, ...more } } }`,
    ],
    ['the entry is made by a call', `export default { functions: { f: make('f') } }`],
    ['the functions are', `export default { functions: Object.fromEntries([]) }`],
    ['the key is', `export default { functions: { ['f']: { source: 'f' } } }`],
    ['there is no such function', `export default { functions: { g: { source: 'g' } } }`],
    ['there is no default export', `export const config = { functions: { f: { source: 'f' } } }`],
    ['it is no program', `export default {`],
  ];
  it.each(left)('is left alone where %s', (_, text) => {
    expect(editMemory(text, 'f', 512)).toBeUndefined();
  });
});
