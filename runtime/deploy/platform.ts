/** For which machine a native file was made, by its first bytes; and whether that is the driver's. */
import { closeSync, openSync, readSync } from 'node:fs';

/** As in process.platform and process.arch. */
export interface Platform {
  os: string;
  arch: string;
}

/** Enough for an ELF or Mach-O header and, nearly always, for the offset and machine of a PE header. */
const HEADER_BYTES = 1024;

const ELF_MACHINES: Record<number, string> = {
  0x03: 'ia32',
  0x15: 'ppc64',
  0x16: 's390x',
  0x28: 'arm',
  0x3e: 'x64',
  0xb7: 'arm64',
  0xf3: 'riscv64',
  0x102: 'loong64',
};
const ELF_SYSTEMS: Record<number, string> = { 9: 'freebsd', 12: 'openbsd' };
const MACHO_CPUS: Record<number, string> = { 0x01000007: 'x64', 0x0100000c: 'arm64' };
const PE_MACHINES: Record<number, string> = { 0x014c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64' };

/** Undefined: no native code that we know. `arch: 'any'`: a universal binary. */
export function platformOfBinary(head: Buffer): Platform | undefined {
  if (head.length < 20) return undefined;
  if (head.readUInt32BE(0) === 0x7f454c46) {
    const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
    return { os: ELF_SYSTEMS[head[7] ?? 0] ?? 'linux', arch: ELF_MACHINES[machine] ?? 'unknown' };
  }
  if (head.readUInt32LE(0) === 0xfeedfacf) {
    return { os: 'darwin', arch: MACHO_CPUS[head.readUInt32LE(4)] ?? 'unknown' };
  }
  // A universal binary. Java classes start the same way, but their next word is a version above 40.
  if (head.readUInt32BE(0) === 0xcafebabe && head.readUInt32BE(4) < 40) return { os: 'darwin', arch: 'any' };
  if (head.readUInt16BE(0) === 0x4d5a && head.length >= 0x40) {
    const at = head.readUInt32LE(0x3c);
    const found = at + 6 <= head.length && head.readUInt32BE(at) === 0x50450000;
    return { os: 'win32', arch: found ? (PE_MACHINES[head.readUInt16LE(at + 4)] ?? 'unknown') : 'unknown' };
  }
  return undefined;
}

export function platformOfFile(path: string): Platform | undefined {
  const head = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    return platformOfBinary(head.subarray(0, readSync(file, head, 0, HEADER_BYTES, 0)));
  } finally {
    closeSync(file);
  }
}

export const runsOn = (binary: Platform, target: Platform): boolean =>
  binary.os === target.os && (binary.arch === target.arch || binary.arch === 'any');

export const platformName = ({ os, arch }: Platform): string => `${os}-${arch}`;

const NAMED =
  /(?:^|[-_/.])(linux(?:musl)?|darwin|win32|freebsd|android|openharmony|sunos)[-_](x64|arm64|arm|ia32|ppc64|s390x|riscv64|loong64)(?:[-_.]|$)/;

/** The platform in a package's name, as `@img/sharp-linux-x64` and `lightningcss-darwin-arm64` have it. */
export function platformOfName(name: string): Platform | undefined {
  const [, os, arch] = NAMED.exec(name) ?? [];
  return os !== undefined && arch !== undefined ? { os: os.replace('musl', ''), arch } : undefined;
}

/** The `os` and `cpu` lists of a package.json, with npm's `!` notation. */
export function supports(json: { os?: unknown; cpu?: unknown }, target: Platform): boolean {
  return allows(json.os, target.os) && allows(json.cpu, target.arch);
}

function allows(list: unknown, value: string): boolean {
  if (!Array.isArray(list) || list.length === 0) return true;
  const wanted = list.filter((item): item is string => typeof item === 'string' && !item.startsWith('!'));
  if (list.includes(`!${value}`)) return false;
  return wanted.length === 0 || wanted.includes(value) || wanted.includes('any');
}
