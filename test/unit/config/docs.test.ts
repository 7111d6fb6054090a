import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { functionSchema, settingsSchema } from '../../../runtime/config/schema.ts';
import { optionsOf } from '../../../runtime/config/walk.ts';
import { withTables } from '../../../scripts/docs.ts';

test('docs/configuration.md shows the schema as it is (else run: node scripts/docs.ts)', () => {
  const document = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  expect(withTables(document)).toBe(document);
});

test('every option says what it does and what it takes', () => {
  const options = [...optionsOf(functionSchema), ...optionsOf(settingsSchema)];
  const silent = options.filter(({ meta }) => !meta.description || !meta.expected);
  expect(silent.map(({ path }) => path.join('.'))).toEqual([]);
});
