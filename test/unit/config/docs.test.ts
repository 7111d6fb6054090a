import { readFileSync } from 'node:fs';
import { expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { functionSchema, settingsSchema } from '../../../runtime/config/schema.ts';
import type { UserConfig, UserFunction } from '../../../runtime/config/user-config.ts';
import { optionsOf } from '../../../runtime/config/walk.ts';
import { generatedFiles } from '../../../scripts/docs.ts';

test.each(generatedFiles())('$file shows the schema as it is (else run: npm run docs)', ({ file, fresh }) => {
  expect(readFileSync(file, 'utf8')).toBe(fresh);
});

test('the types of a configuration are those the schema accepts', () => {
  expectTypeOf<UserFunction>().toEqualTypeOf<z.input<typeof functionSchema>>();
  expectTypeOf<Omit<UserConfig, 'functions'>>().toEqualTypeOf<z.input<typeof settingsSchema>>();
});

test('every option says what it does and what it takes', () => {
  const options = [...optionsOf(functionSchema), ...optionsOf(settingsSchema)];
  const silent = options.filter(({ meta }) => !meta.description || !meta.expected);
  expect(silent.map(({ path }) => path.join('.'))).toEqual([]);
});
