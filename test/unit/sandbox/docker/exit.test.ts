import { describe, expect, test } from 'vitest';
import { Ending } from '../../../../runtime/sandbox/docker/ending.ts';
import { exitOf } from '../../../../runtime/sandbox/docker/exit.ts';
import type { Death } from '../../../../runtime/sandbox/docker/exit.ts';
import type { EngineEvent } from '../../../../runtime/sandbox/docker/engine-events.ts';

const death = (facts: Partial<Death>): Death => ({
  exitCode: 0,
  requested: false,
  killed: false,
  oomKill: false,
  heapExhausted: false,
  at: 1,
  ...facts,
});

describe('an exit', () => {
  test.each<[string, Partial<Death>, object]>([
    ['by itself', { exitCode: 3 }, { code: 3, signal: null, oom: false, outside: false }],
    ['with a code that is no signal’s', { exitCode: 129 }, { code: 129, signal: null }],
    ['by abort', { exitCode: 134 }, { code: null, signal: 'SIGABRT', oom: false }],
    ['by a segmentation fault', { exitCode: 139 }, { code: null, signal: 'SIGSEGV' }],
    [
      'by the out-of-memory killer',
      { exitCode: 137, oomKill: true },
      { signal: 'SIGKILL', oom: true, outside: false },
    ],
    ['by a full V8 heap', { exitCode: 134, heapExhausted: true }, { signal: 'SIGABRT', oom: true }],
    ['on request', { exitCode: 137, requested: true }, { signal: 'SIGKILL', oom: false, outside: false }],
    ['by docker kill', { exitCode: 137, killed: true }, { signal: 'SIGKILL', oom: false, outside: true }],
    ['by docker stop', { exitCode: 143, killed: true }, { signal: 'SIGTERM', outside: true }],
    ['without a trace', { exitCode: null }, { code: null, signal: 'SIGKILL', outside: true }],
    ['after a child ran out of memory', { exitCode: 1, oomKill: true }, { code: 1, oom: false }],
    [
      'out of memory while its end was asked for',
      { exitCode: 137, oomKill: true, requested: true },
      { oom: true },
    ],
    ['of its own while its end was asked for', { exitCode: 1, requested: true }, { code: 1, outside: false }],
  ])('%s', (_name, facts, exit) => {
    expect(exitOf(death(facts))).toMatchObject(exit);
  });
});

describe('the ending of a sandbox', () => {
  const event = (action: EngineEvent['action'], more: Partial<EngineEvent> = {}): EngineEvent => ({
    action,
    sandboxId: 'x',
    exitCode: null,
    atNano: 1_000_000_000n,
    ...more,
  });
  const dies = (exitCode: number, atNano = 1_000_000_000n): EngineEvent => event('die', { exitCode, atNano });
  const ending = (oomKilled = false): Ending =>
    new Ending({ inspectOom: async () => oomKilled, outputEnded: Promise.resolve() });

  test.each<[string, EngineEvent[], object]>([
    ['oom before die', [event('oom'), dies(137)], { oom: true, outside: false }],
    ['oom after die', [dies(137), event('oom')], { oom: true, outside: false }],
    ['a child’s oom long before', [event('oom'), dies(137, 9_000_000_000n)], { oom: false, outside: false }],
    ['a child’s oom and an exit', [event('oom'), dies(2)], { oom: false, code: 2 }],
    ['docker rm -f', [event('kill'), dies(137), event('destroy')], { oom: false, outside: true }],
    ['a removal without a death', [event('destroy')], { outside: true }],
  ])('is read from the events: %s', async (_name, events, exit) => {
    const subject = ending();
    for (const one of events) subject.on(one);
    expect(await subject.exited).toMatchObject(exit);
  });

  test('is out of memory when the engine noted it, though no event told', async () => {
    const subject = ending(true);
    subject.on(dies(137));
    expect(await subject.exited).toMatchObject({ oom: true });
  });

  test('is decided by the first report of it', async () => {
    const subject = ending();
    subject.on(dies(5));
    subject.died(null);
    expect(await subject.exited).toMatchObject({ code: 5, outside: false });
  });

  test('on request does not blame the engine’s own report of the kill on others', async () => {
    const subject = ending();
    subject.requested = true;
    subject.on(event('kill'));
    subject.on(dies(137));
    expect(await subject.exited).toMatchObject({ outside: false, oom: false });
  });
});
