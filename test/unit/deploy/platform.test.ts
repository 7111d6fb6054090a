import { describe, expect, it } from 'vitest';
import {
  platformOfBinary,
  platformOfFile,
  platformOfName,
  runsOn,
  supports,
} from '../../../runtime/deploy/platform.ts';

function bytes(size: number, ...writes: [offset: number, ...values: number[]][]): Buffer {
  const buffer = Buffer.alloc(size);
  for (const [offset, ...values] of writes) buffer.set(values, offset);
  return buffer;
}

const elf = (machine: number, abi = 0): Buffer =>
  bytes(64, [0, 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, abi], [18, machine]);
const portable = (machine: [number, number]): Buffer =>
  bytes(256, [0, 0x4d, 0x5a], [0x3c, 0x80], [0x80, 0x50, 0x45, 0, 0, ...machine]);

describe('native code tells its platform', () => {
  it.each([
    ['ELF x64', elf(0x3e), 'linux', 'x64'],
    ['ELF arm64', elf(0xb7), 'linux', 'arm64'],
    ['ELF of FreeBSD', elf(0x3e, 9), 'freebsd', 'x64'],
    ['ELF big endian', bytes(64, [0, 0x7f, 0x45, 0x4c, 0x46, 2, 2], [18, 0, 0x16]), 'linux', 's390x'],
    ['Mach-O x64', bytes(32, [0, 0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]), 'darwin', 'x64'],
    ['Mach-O arm64', bytes(32, [0, 0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]), 'darwin', 'arm64'],
    ['a universal binary', bytes(32, [0, 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]), 'darwin', 'any'],
    ['PE x64', portable([0x64, 0x86]), 'win32', 'x64'],
    ['PE arm64', portable([0x64, 0xaa]), 'win32', 'arm64'],
  ])('%s', (_what, head, os, arch) => {
    expect(platformOfBinary(head)).toEqual({ os, arch });
  });

  it.each([
    ['text', Buffer.from('module.exports = 1; // long enough to be a header')],
    ['a Java class', bytes(32, [0, 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0x41])],
    ['nothing', Buffer.alloc(0)],
  ])('%s is none', (_what, head) => {
    expect(platformOfBinary(head)).toBeUndefined();
  });

  it('the running node is made for this machine', () => {
    const made = platformOfFile(process.execPath);
    expect(made && runsOn(made, { os: process.platform, arch: process.arch })).toBe(true);
  });
});

it.each([
  ['@img/sharp-linux-x64', 'linux', 'x64'],
  ['@img/sharp-linuxmusl-arm64', 'linux', 'arm64'],
  ['@esbuild/darwin-arm64', 'darwin', 'arm64'],
  ['lightningcss-win32-x64-msvc', 'win32', 'x64'],
  ['linux-x64', 'linux', 'x64'],
  ['@napi-rs/canvas-linux-arm64-gnu', 'linux', 'arm64'],
])('the name %s tells %s %s', (name, os, arch) => {
  expect(platformOfName(name)).toEqual({ os, arch });
});

it.each(['sharp', 'is-linux', 'linux-x64ish', '@img/sharp-wasm32', 'notlinux-x64'])(
  'the name %s tells nothing',
  (name) => {
    expect(platformOfName(name)).toBeUndefined();
  },
);

it.each([
  [{}, true],
  [{ os: ['linux'], cpu: ['x64'] }, true],
  [{ os: ['linux', 'darwin'] }, true],
  [{ os: ['darwin'] }, false],
  [{ cpu: ['arm64'] }, false],
  [{ os: ['!win32'] }, true],
  [{ os: ['!linux'] }, false],
  [{ os: 'linux' }, true],
])('a package.json with %j runs on linux x64: %s', (json, expected) => {
  expect(supports(json, { os: 'linux', arch: 'x64' })).toBe(expected);
});
