import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { table } from '../../../cli/terminal/table.ts';

const plain = createColors(false);

describe('a table', () => {
  it('aligns columns by what is seen: colours take no room, wide characters take two', () => {
    const colours = createColors(true);
    const text = table(
      [{ title: 'NAME' }, { title: 'CALLS', align: 'right' }],
      [
        ['京都', '7'],
        [colours.red('hello'), '1,200'],
      ],
      plain,
    );
    expect(text.split('\n')).toEqual(['NAME   CALLS', '京都       7', `${colours.red('hello')}  1,200`]);
  });

  it('ends no line with spaces, and takes short rows', () => {
    expect(table([{ title: 'A' }, { title: 'LONGER' }], [['x', 'y'], ['z']], plain)).toBe(
      'A  LONGER\nx  y\nz',
    );
  });
});
