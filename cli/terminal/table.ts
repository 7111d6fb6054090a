import stringWidth from 'string-width';
import type { Colors } from '../context.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/**
 * A table without borders: columns aligned, two spaces between, nothing at the end of a line. Cells hold no line breaks.
 * Its time grows with the rows and not with their square: a query answers with up to 50,000.
 */
export function table(columns: Column[], rows: string[][], colors: Colors): string {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), stringWidth(title)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const room = ' '.repeat((widths[index] ?? 0) - stringWidth(cell));
        return align === 'right' ? room + cell : cell + room;
      })
      .join('  ')
      .trimEnd();
  return [columns.map(({ title }) => colors.dim(title)), ...rows].map(line).join('\n');
}
