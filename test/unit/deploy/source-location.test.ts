import { describe, expect, it } from 'vitest';
import { banner, neededBanner, readPlaces, withPrelude } from '../../../runtime/deploy/source-location.ts';

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

describe('the modules of a bundle that depend on their place', () => {
  const inputs = new Set(['src/a.ts', 'src/b.ts']);
  const read = (...lines: string[]): string[] => [...readPlaces(lines.join('\n'), inputs).asking];

  it('ask for it', () => {
    expect(read('// src/a.ts', 'use(__faas_dirname);', '', '// src/b.ts', 'use(1);')).toEqual(['src/a.ts']);
    expect(
      read('var require_b = __commonJS({', '  "b"() {', '    // src/b.ts', '    x(__faas_url);'),
    ).toEqual(['src/b.ts']);
  });

  it('resolve a file beside themselves', () => {
    expect(read('// src/b.ts', 'fork(__require.resolve("./child.js"));')).toEqual(['src/b.ts']);
  });

  it('are none where the line before a module is any other comment', () => {
    expect(read('// not/an/input.ts', 'use(__faas_dirname);')).toEqual([]);
  });

  it('do not include those that resolve a package, which is reported', () => {
    const report = readPlaces('// src/a.ts\nrequire.resolve("pkg/data.json");', inputs);
    expect(report).toEqual({
      asking: new Set(),
      resolving: [{ file: 'src/a.ts', specifier: 'pkg/data.json' }],
    });
  });
});

describe('the banner', () => {
  const top = banner('index.mjs', 'esm');

  it.each([
    ["__require('node:fs');", top],
    ['const data = require("./data.json");', top],
    ['read(__faas_dirname);', top],
    ['const answer = 42;', '\n'.repeat(top.split('\n').length - 1)],
  ])('of %s', (code, expected) => {
    expect(neededBanner(top, code)).toBe(expected);
  });
});
