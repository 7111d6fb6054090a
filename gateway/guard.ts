/**
 * Who may talk to a port, as far as Host and Origin tell. Both are about browsers: a page can make its own
 * name resolve to 127.0.0.1 (DNS rebinding: the Host header then carries that name) or send requests
 * straight to a local port (CSRF: the Origin header then carries the page's). "Origin equals Host" would
 * stop neither, because a rebound page satisfies it; so both are compared with a list of our own names.
 *
 * Addresses in numbers cannot be rebound. They are still refused on a loopback port unless they are its
 * own, so that a mistaken port forward shows at once; a port bound to every interface takes any of them.
 */
import { isIP } from 'node:net';

export interface GuardOptions {
  /** The address the port is bound to. */
  host: string;
  /** Names to accept besides our own; a leading dot or `*.` accepts the sub-domains too. */
  allowedHosts: readonly string[];
}

export interface Guard {
  /** `header` as received, port and all. */
  allowsHost(header: string | undefined): boolean;
  /** True when a request with this Origin comes from a page of the port itself, or from no page (undefined). */
  allowsOrigin(origin: string | undefined, port: number): boolean;
}

export function createGuard({ host, allowedHosts }: GuardOptions): Guard {
  const bound = normalizeHost(host);
  const names = new Set(['localhost', '127.0.0.1', '::1', bound]);
  const suffixes = ['.localhost'];
  for (const entry of allowedHosts) {
    const name = entry.startsWith('*.') ? entry.slice(1) : entry;
    if (name.startsWith('.')) suffixes.push(name.toLowerCase());
    else names.add(normalizeHost(name));
  }
  const takesAnyAddress = isWildcardAddress(bound);

  const isOurs = (name: string): boolean =>
    names.has(name) ||
    suffixes.some((suffix) => name.endsWith(suffix) && name.length > suffix.length) ||
    (isIP(name) > 0 && (takesAnyAddress || isLoopbackAddress(name)));

  // Clients repeat the same Host on every request, so that most of them cost one comparison.
  let lastAllowed: string | undefined;

  return {
    allowsHost(header) {
      if (header === undefined) return false;
      if (header === lastAllowed) return true;
      const name = hostOf(header);
      const allowed = name !== undefined && isOurs(name);
      if (allowed) lastAllowed = header;
      return allowed;
    },
    allowsOrigin(origin, port) {
      if (origin === undefined) return true;
      const url = URL.canParse(origin) ? new URL(origin) : undefined;
      if (url?.protocol !== 'http:' || url.origin !== origin.toLowerCase()) return false;
      return Number(url.port || 80) === port && names.has(normalizeHost(url.hostname));
    },
  };
}

/** True for 127.0.0.0/8 and ::1, also as IPv4 written in IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (plain.startsWith('127.') && isIP(plain) === 4);
}

/** True for the addresses that mean every interface. */
export const isWildcardAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** `::ffff:10.0.0.1`, which is what a dual-stack socket reports, as `10.0.0.1`. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;

/** The name in a Host header, without its port, or undefined when it is not a Host header's value. */
function hostOf(header: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/\\@[\]]+))(?::\d{1,5})?$/.exec(header);
  const name = match?.[1] ?? match?.[2];
  return name === undefined ? undefined : normalizeHost(name);
}

function normalizeHost(host: string): string {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  // One trailing dot is the same name, fully qualified.
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
