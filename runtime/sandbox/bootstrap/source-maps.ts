/**
 * Stack traces in the lines the user wrote. Node can do this (--enable-source-maps), but it reads every map while
 * loading and unfolds it in memory, which for a large bundle takes longer than the cold start and more memory than a
 * small function has. Here a map is read when a text that names its file is about to be shown, and only scanned.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Most positions remembered; a loop of errors comes from few places. */
const MAX_REMEMBERED = 500;

/**
 * Replaces positions like `/root/index.mjs:3:9` by those in the sources.
 *
 * @internal
 */
export function sourceMapper(root: string): (text: string) => string {
  const asUrl = pathToFileURL(root).href;
  const position = new RegExp(`(${escaped(asUrl)}|${escaped(root)})(/[^\\n:]*?):(\\d+):(\\d+)`, 'g');
  const remembered = new Map<string, string>();
  return (text) => {
    if (!text.includes(root) && !text.includes(asUrl)) return text;
    return text.replace(
      position,
      (found: string, start: string, rest: string, line: string, column: string) => {
        const known = remembered.get(found);
        if (known !== undefined) return known;
        const file = start === root ? root + rest : fileURLToPath(start + rest);
        const mapped = originalPosition(file, Number(line), Number(column)) ?? found;
        if (remembered.size >= MAX_REMEMBERED) remembered.clear();
        remembered.set(found, mapped);
        return mapped;
      },
    );
  };
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');

interface SourceMap {
  sources: (string | null)[];
  sourceRoot?: string;
  mappings: string;
}

function originalPosition(file: string, line: number, column: number): string | undefined {
  try {
    const found = readMap(file);
    const segment = found && findSegment(found.mappings, line - 1, column - 1);
    const source = segment && found.sources[segment.source];
    if (!segment || !source) return undefined;
    const path = source.startsWith('file:')
      ? fileURLToPath(source)
      : join(dirname(file), found.sourceRoot ?? '', source);
    return `${path}:${segment.line + 1}:${segment.column + 1}`;
  } catch {
    return undefined; // a map that is broken or gone: the bundle's own position is the truth left
  }
}

function readMap(file: string): SourceMap | undefined {
  const code = readFileSync(file, 'utf8');
  const found = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(
    code.slice(code.lastIndexOf('//# sourceMappingURL=')),
  );
  const url = found?.[1];
  if (!url) return undefined;
  const inline = /^data:[^,]*;base64,(.*)$/.exec(url)?.[1];
  const json =
    inline === undefined
      ? readFileSync(join(dirname(file), decodeURIComponent(url)), 'utf8')
      : Buffer.from(inline, 'base64').toString();
  return JSON.parse(json) as SourceMap;
}

/** Zero-based, as everything in a map. */
interface Segment {
  source: number;
  line: number;
  column: number;
}

/**
 * The last segment of a generated line that starts at or before the column.
 * Format: lines end in `;`, segments in `,`; each segment is 1, 4 or 5 base64 VLQ numbers, relative to the segment before.
 *
 * @internal
 */
export function findSegment(mappings: string, line: number, column: number): Segment | undefined {
  let at = 0;
  let generatedLine = 0;
  let generatedColumn = 0;
  const segment: Segment = { source: 0, line: 0, column: 0 };
  let best: Segment | undefined;

  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 5) {
      const digit = digitOf(mappings.charCodeAt(at++));
      value |= (digit & 31) << shift;
      if ((digit & 32) === 0) return value & 1 ? -(value >> 1) : value >> 1;
    }
  };
  while (at < mappings.length && generatedLine <= line) {
    const character = mappings[at];
    if (character === ';') {
      generatedLine++;
      generatedColumn = 0;
      at++;
    } else if (character === ',') at++;
    else {
      generatedColumn += number();
      if (isNumberAt(mappings, at)) {
        segment.source += number();
        segment.line += number();
        segment.column += number();
        if (isNumberAt(mappings, at)) number(); // the name, which the trace has already
      }
      if (generatedLine === line && generatedColumn <= column) best = { ...segment };
    }
  }
  return best;
}

const isNumberAt = (mappings: string, at: number): boolean =>
  at < mappings.length && mappings[at] !== ',' && mappings[at] !== ';';

function digitOf(code: number): number {
  if (code >= 97) return code - 71; // a-z
  if (code >= 65) return code - 65; // A-Z
  if (code >= 48) return code + 4; // 0-9
  return code === 43 ? 62 : 63; // + and /
}
