import { describe, expect, test } from 'vitest';
import { parseHierarchies } from '../../../../runtime/sandbox/process/cgroup/hierarchies.ts';

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';

describe('the control group hierarchies of a machine', () => {
  test.each([
    [
      'version 2 alone: a desktop session',
      [V2, '22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw'],
      ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope'],
      [
        {
          version: 2,
          controllers: [],
          mount: '/sys/fs/cgroup',
          own: '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope',
        },
      ],
    ],
    [
      'both versions, two controllers in one tree',
      [
        '31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
        '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
        '33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
        '34 30 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
      ],
      ['5:memory:/jobs/7', '4:cpu,cpuacct:/', '1:name=systemd:/', '0::/', ''],
      [
        {
          version: 1,
          controllers: ['cpu', 'cpuacct'],
          mount: '/sys/fs/cgroup/cpu,cpuacct',
          own: '/sys/fs/cgroup/cpu,cpuacct',
        },
        {
          version: 1,
          controllers: ['memory'],
          mount: '/sys/fs/cgroup/memory',
          own: '/sys/fs/cgroup/memory/jobs/7',
        },
        { version: 2, controllers: [], mount: '/sys/fs/cgroup/unified', own: '/sys/fs/cgroup/unified' },
        {
          version: 1,
          controllers: ['name=systemd'],
          mount: '/sys/fs/cgroup/systemd',
          own: '/sys/fs/cgroup/systemd',
        },
      ],
    ],
    [
      'a container that sees only its own part',
      ['40 39 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory'],
      ['4:memory:/docker/abc'],
      [
        {
          version: 1,
          controllers: ['memory'],
          mount: '/sys/fs/cgroup/memory',
          own: '/sys/fs/cgroup/memory',
        },
      ],
    ],
    [
      'a mount that does not show our part',
      ['40 39 0:31 /docker/other /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory'],
      ['4:memory:/docker/abc'],
      [],
    ],
    [
      'a path with a space, mounted twice',
      [
        '40 39 0:31 / /mnt/my\\040groups rw - cgroup2 none rw',
        '41 39 0:31 / /sys/fs/cgroup rw - cgroup2 none rw',
      ],
      ['0::/a:b'],
      [{ version: 2, controllers: [], mount: '/mnt/my groups', own: '/mnt/my groups/a:b' }],
    ],
    ['no control groups', [''], [''], []],
  ])('%s', (_name, mounts, memberships, expected) => {
    expect(parseHierarchies(mounts.join('\n'), memberships.join('\n'))).toEqual(expected);
  });
});
