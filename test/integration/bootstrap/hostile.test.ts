import { describe, expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { running } = useSubjects();

describe('code that abuses its sandbox', () => {
  test.each(['garble', 'forge', 'hangUp'])(
    'is ended when it does not keep to the protocol (%s)',
    async (exportName) => {
      const { invoke, sandbox } = await running('hostile', exportName);
      await expect(invoke()).rejects.toThrow('the sandbox ended');
      expect(await sandbox.exited).toMatchObject({ oom: false });
      await sandbox.kill();
    },
  );

  test('may print as much as it likes: every line arrives, in order', async () => {
    const { invoke, logs } = await running('hostile', 'flood');
    expect(await invoke({ lines: 20_000 })).toMatchObject({ type: 'result' });
    expect(logs.length).toBe(20_000);
    expect(logs.every(({ text }, index) => text.startsWith(`${index} x`))).toBe(true);
  });

  test('loses nothing of what it printed when it exits', async () => {
    const { invoke, sandbox, logs } = await running('hostile', 'floodThenExit');
    await expect(invoke({ lines: 5_000 })).rejects.toThrow('the sandbox ended');
    await sandbox.exited;
    expect(logs.length).toBe(5_000);
  });

  test('is cut into pieces when its line has no end', async () => {
    const { invoke, logs } = await running('hostile', 'longLine');
    await invoke({ bytes: 600_000 });
    expect(logs.every(({ text }) => text.length <= 256 * 1024)).toBe(true);
    const printed = logs.map(({ text }) => text).join('');
    expect(printed.replaceAll('z', '').length).toBe(600_000);
    expect(printed.replaceAll('y', '').length).toBe(600_000);
  });

  test('harms only itself when it breaks console and streams', async () => {
    const { invoke, logs } = await running('hostile', 'breaksConsole');
    expect(await invoke()).toMatchObject({ value: 'fine' });
    expect(logs.map(({ text }) => text)).toContain('still heard');
    expect(await invoke()).toMatchObject({ value: 'fine' });
  });

  test('is heard from its worker threads', async () => {
    const { invoke, logs } = await running('hostile', 'worker');
    await invoke();
    await expect.poll(() => logs.map(({ text }) => text)).toContain('from a worker');
  });

  test('still gets answers through when it pollutes prototypes', async () => {
    const { invoke } = await running('hostile', 'changesPrototypes');
    expect(await invoke()).toMatchObject({ type: 'result' });
    expect(await invoke()).toMatchObject({ type: 'result' });
  });

  test('finds an empty stdin', async () => {
    const { invoke } = await running('hostile', 'stdin');
    expect(await invoke()).toMatchObject({ value: '' });
  });
});
