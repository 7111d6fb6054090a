import { describe, expect, it } from 'vitest';
import { filesThatAsk, withPrelude } from '../../../runtime/deploy/source-location.ts';

const MARK =
  'var { dirname: __faas_dirname, filename: __faas_filename, url: __faas_url } = __faas_at("a.js");';

describe('the prelude with a file’s own place', () => {
  it.each([
    ['const a = 1;\n', `${MARK}const a = 1;\n`],
    ['', MARK],
    ['#!/usr/bin/env node\nrun();', `#!/usr/bin/env node\n${MARK}run();`],
    ["'use strict';\nrun();", `'use strict';\n${MARK}run();`],
    ['"use strict"\nrun();', `"use strict"\n${MARK}run();`],
    ['// hello\n/* there\n */ "use strict"; run();', `// hello\n/* there\n */ "use strict"; ${MARK}run();`],
    ["'use strict' + 1;", `${MARK}'use strict' + 1;`],
    ["'text'.length;", `${MARK}'text'.length;`],
  ])('in %j stands before the first statement and moves no line', (text, expected) => {
    const located = withPrelude(text, 'a.js');
    expect(located).toBe(expected);
    expect(located.split('\n')).toHaveLength(text.split('\n').length);
  });

  it('names files with odd characters as a URL does', () => {
    expect(withPrelude('', 'a b/c#d?.ts')).toContain('__faas_at("a%20b/c%23d%3F.ts")');
  });
});

it('the modules of a bundle that ask for their place are told from those that do not', () => {
  const code = [
    '// src/a.ts',
    'use(__faas_dirname);',
    '',
    '// src/b.ts',
    'use(1);',
    '  // no/file.ts',
    'x(__faas_url);',
  ].join('\n');
  expect([...filesThatAsk(code, new Set(['src/a.ts', 'src/b.ts']))]).toEqual(['src/a.ts', 'src/b.ts']);
  expect([...filesThatAsk(code, new Set(['src/a.ts', 'src/b.ts', 'no/file.ts']))]).toEqual([
    'src/a.ts',
    'no/file.ts',
  ]);
  expect([...filesThatAsk('// src/a.ts\n1;', new Set(['src/a.ts']))]).toEqual([]);
});
