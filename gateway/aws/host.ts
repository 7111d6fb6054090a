/** Virtual-host addressing: `photos.localhost:4566` means the bucket photos. Pure. */

/**
 * The label in front of one of our own names, or undefined for path style. The longest match counts, so that `s3.localhost` is no bucket `s3`.
 */
export function virtualHostOf(hostHeader: string | undefined, bases: readonly string[]): string | undefined {
  const host = (hostHeader ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  const base = bases
    .filter((name) => host === name || host.endsWith(`.${name}`))
    .toSorted((a, b) => b.length - a.length)[0];
  return base === undefined || base === host ? undefined : host.slice(0, -(base.length + 1));
}

/** The names under which buckets may be addressed; `*.x` and `.x` count as `x`. */
export const virtualHostBases = (names: readonly string[]): string[] =>
  ['localhost', ...names]
    .map((name) => name.replace(/^\*?\./, '').toLowerCase())
    .filter((name) => /[a-z]/.test(name) && !name.includes(':'))
    .flatMap((name) => [name, `s3.${name}`]);
