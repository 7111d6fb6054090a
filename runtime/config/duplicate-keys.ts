export interface DuplicateKey {
  key: string;
  line: number;
  firstLine: number;
}

/** One token of JavaScript, as coarse as this job allows. */
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|[\w$]+|\.\.\.|[{}[\](),:;?]|\n|[^\s]/g;

/**
 * Keys that stand twice in one object literal. JavaScript lets the last one win without a word, and type stripping
 * checks nothing, so a second function of the same name would silently replace the first.
 *
 * It reads tokens, not a syntax tree: a key is a word or text that follows `{` or `,` inside braces and is followed by a
 * colon. What it does not understand it does not report.
 */
export function duplicateKeys(text: string): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  // One entry for each open bracket; only braces collect keys.
  const open: { brace: boolean; keys: Map<string, number> }[] = [];
  let line = 1;
  let previous = '';
  let candidate: { key: string; line: number } | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    const at = line;
    line += token.split('\n').length - 1;
    if (token === '\n' || token.startsWith('//') || token.startsWith('/*')) continue;
    const scope = open.at(-1);
    if (token === ':' && candidate && scope) {
      const firstLine = scope.keys.get(candidate.key);
      if (firstLine === undefined) scope.keys.set(candidate.key, candidate.line);
      else found.push({ ...candidate, firstLine });
    }
    const beginsEntry = scope?.brace === true && (previous === '{' || previous === ',');
    candidate = beginsEntry && /^[\w$"']/.test(token) ? { key: unquote(token), line: at } : undefined;
    if (/^[{[(]$/.test(token)) open.push({ brace: token === '{', keys: new Map() });
    else if (/^[}\])]$/.test(token)) open.pop();
    previous = token;
  }
  return found;
}

const unquote = (token: string): string => (/^["']/.test(token) ? token.slice(1, -1) : token);
