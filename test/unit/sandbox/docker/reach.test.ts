import { describe, expect, test } from 'vitest';
import { decideReach, hostEntries } from '../../../../runtime/sandbox/docker/reach.ts';
import type { Reach, ReachFacts } from '../../../../runtime/sandbox/docker/reach.ts';

const linux: ReachFacts = {
  platform: 'linux',
  operatingSystem: 'Debian GNU/Linux 12',
  securityOptions: ['name=seccomp,profile=default'],
  network: 'bridge',
  subnets: ['172.17.0.0/16'],
  ownAddresses: ['172.17.0.1', '192.0.2.7'],
  localEnd: undefined,
  inContainer: false,
  configured: undefined,
};

const named = { hostAddress: 'host.docker.internal', listenAddress: undefined };

describe('sandbox and machine reach each other', () => {
  test.each<[string, Partial<ReachFacts>, Reach]>([
    [
      'over the bridge of an engine on this machine',
      {},
      { hostAddress: '172.17.0.1', listenAddress: '172.17.0.1', sharesFiles: true },
    ],
    [
      'over the bridge of a configured network',
      { network: 'mine', subnets: ['10.9.0.0/24'], ownAddresses: ['192.0.2.7', '10.9.0.1'] },
      { hostAddress: '10.9.0.1', listenAddress: '10.9.0.1', sharesFiles: true },
    ],
    [
      'with files copied where SELinux guards them',
      { securityOptions: ['name=selinux'] },
      { hostAddress: '172.17.0.1', listenAddress: '172.17.0.1', sharesFiles: false },
    ],
    [
      'by name with Docker Desktop on Linux',
      { operatingSystem: 'Docker Desktop', ownAddresses: ['192.0.2.7'] },
      { ...named, sharesFiles: false },
    ],
    [
      'by name on macOS',
      { platform: 'darwin', ownAddresses: ['192.168.1.2'] },
      { ...named, sharesFiles: false },
    ],
    [
      'over loopback in the host’s network',
      { network: 'host', subnets: [] },
      { hostAddress: '127.0.0.1', listenAddress: undefined, sharesFiles: true },
    ],
    [
      'from an engine elsewhere at our end of the connection to it',
      { localEnd: '192.0.2.7', ownAddresses: ['192.0.2.7'] },
      { hostAddress: '192.0.2.7', listenAddress: '192.0.2.7', sharesFiles: false },
    ],
    [
      'by name from an engine behind a local port',
      { localEnd: '127.0.0.1', ownAddresses: ['192.0.2.7'] },
      { ...named, sharesFiles: false },
    ],
    [
      'at our own address when we run in a container of another network',
      { inContainer: true, ownAddresses: ['10.1.0.4'] },
      { hostAddress: '10.1.0.4', listenAddress: '10.1.0.4', sharesFiles: false },
    ],
    [
      'never by listening on the LAN for a rootless engine',
      { ownAddresses: ['192.168.1.2'] },
      { ...named, sharesFiles: true },
    ],
    [
      'as configured, listening there when it is ours',
      { configured: '192.0.2.7' },
      { hostAddress: '192.0.2.7', listenAddress: '192.0.2.7', sharesFiles: true },
    ],
    [
      'as configured, not listening where it is not ours',
      { configured: '10.0.2.2' },
      { hostAddress: '10.0.2.2', listenAddress: undefined, sharesFiles: true },
    ],
  ])('%s', (_name, facts, reach) => {
    expect(decideReach({ ...linux, ...facts })).toEqual(reach);
  });

  test('and the usual name of the host works inside wherever there is an address for it', () => {
    expect(hostEntries(decideReach(linux))).toEqual(['host.docker.internal:172.17.0.1']);
    expect(hostEntries(decideReach({ ...linux, platform: 'darwin' }))).toEqual([]);
  });
});
