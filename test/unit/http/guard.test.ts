import { describe, expect, it } from 'vitest';
import { createGuard, isLoopbackAddress, plainAddress } from '../../../gateway/guard.ts';

const local = createGuard({ host: '127.0.0.1', allowedHosts: [] });

describe('the Host header', () => {
  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST:4000',
    'localhost.:4000',
    '127.0.0.1',
    '127.0.0.1:4000',
    '127.1.2.3:4000',
    '[::1]:4000',
    '[::1]',
    'photos.localhost:4566',
    'a.b.localhost',
  ])('%s is ours', (host) => {
    expect(local.allowsHost(host)).toBe(true);
    expect(local.allowsHost(host)).toBe(true);
  });

  it.each([
    undefined,
    '',
    ':4000',
    'evil.test',
    'evil.test:4000',
    '127.0.0.1.evil.test',
    'localhost.evil.test',
    'evillocalhost',
    '.localhost',
    '192.168.1.10:4000',
    '10.0.0.1',
    '[fe80::1]',
    'localhost:4000:4000',
    'localhost@evil.test',
    'localhost/evil',
    '127.0.0.1 evil.test',
    '[127.0.0.1]evil.test',
    '127.0.0.1:port',
  ])('%s is not ours', (host) => {
    expect(local.allowsHost(host)).toBe(false);
  });

  it('stays refused after an allowed one was seen', () => {
    const guard = createGuard({ host: '127.0.0.1', allowedHosts: [] });
    expect(guard.allowsHost('localhost')).toBe(true);
    expect(guard.allowsHost('evil.test')).toBe(false);
    expect(guard.allowsHost('localhost')).toBe(true);
    expect(guard.allowsHost('evil.test')).toBe(false);
  });

  it('may be a name the user allowed, exactly or with its sub-domains', () => {
    const guard = createGuard({
      host: '127.0.0.1',
      allowedHosts: ['API.test', '.tunnel.test', '*.dev.test'],
    });
    expect(guard.allowsHost('api.test:4000')).toBe(true);
    expect(guard.allowsHost('x.api.test')).toBe(false);
    expect(guard.allowsHost('abc.tunnel.test')).toBe(true);
    expect(guard.allowsHost('a.dev.test:1')).toBe(true);
    expect(guard.allowsHost('eviltunnel.test')).toBe(false);
  });

  it('may be any numeric address, but no name, when every interface is bound', () => {
    const guard = createGuard({ host: '0.0.0.0', allowedHosts: [] });
    expect(guard.allowsHost('192.168.1.10:4000')).toBe(true);
    expect(guard.allowsHost('evil.test')).toBe(false);
  });

  it('may be the bound address', () => {
    expect(createGuard({ host: '192.168.1.10', allowedHosts: [] }).allowsHost('192.168.1.10:4000')).toBe(
      true,
    );
    expect(createGuard({ host: '192.168.1.10', allowedHosts: [] }).allowsHost('192.168.1.11:4000')).toBe(
      false,
    );
  });
});

describe('the Origin header', () => {
  it.each([undefined, 'http://127.0.0.1:4001', 'http://localhost:4001', 'http://[::1]:4001'])(
    '%s may use port 4001',
    (origin) => {
      expect(local.allowsOrigin(origin, 4001)).toBe(true);
    },
  );

  it.each([
    'null',
    '',
    'http://evil.test',
    'http://evil.test:4001',
    'http://localhost:4000',
    'http://localhost',
    'https://localhost:4001',
    'http://localhost:4001/',
    'http://localhost:4001@evil.test',
    'http://evil.localhost:4001',
    'file://localhost:4001',
  ])('%s may not use port 4001', (origin) => {
    expect(local.allowsOrigin(origin, 4001)).toBe(false);
  });

  it('leaves out port 80 as browsers do', () => {
    expect(local.allowsOrigin('http://localhost', 80)).toBe(true);
  });
});

describe('addresses', () => {
  it.each(['127.0.0.1', '127.200.0.9', '::1', '::ffff:127.0.0.1'])('%s is loopback', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });
  it.each(['10.0.0.1', '172.17.0.2', '::ffff:10.0.0.1', 'fe80::1', '127.evil.test', ''])(
    '%s is not',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false);
    },
  );
  it('IPv4 in IPv6 is shown as IPv4', () => {
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(plainAddress('fe80::1')).toBe('fe80::1');
  });
});
