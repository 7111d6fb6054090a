/** Several calls at once in one sandbox. */
import { describe, expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { running } = useSubjects();
const shared = () => running('several-calls', 'handler', { concurrency: 4 });

describe('calls that run at the same time', () => {
  test('have each their own context and log lines', async () => {
    const { invoke, logs } = await shared();
    const deadline = Date.now() + 100_000;
    const first = invoke({ run: 'gated', gate: 'a' }, { requestId: 'r-a', deadlineMs: deadline });
    const second = invoke(
      { run: 'gated', gate: 'b', opens: 'a' },
      { requestId: 'r-b', deadlineMs: deadline * 2 },
    );
    const a = await first;
    expect(await invoke({ run: 'opens', gates: ['b'] }, { requestId: 'r-c' })).toMatchObject({
      value: { maximum: '4' },
    });
    const b = await second;
    expect(a).toMatchObject({ value: { requestId: 'r-a' } });
    expect(b).toMatchObject({ value: { requestId: 'r-b' } });
    const left = (answer: unknown): number => (answer as { value: { left: number } }).value.left;
    expect(left(a)).toBeLessThanOrEqual(100_000);
    expect(left(b)).toBeGreaterThan(100_000);

    const linesOf = (id: string): string[] => logs.flatMap((log) => (log.requestId === id ? [log.text] : []));
    for (const [id, gate] of [
      ['r-a', 'a'],
      ['r-b', 'b'],
    ] as const) {
      // What a call started goes on after its answer, and is still known as the call's.
      await expect.poll(() => linesOf(id)).toContain(`after ${gate}`);
      const text = linesOf(id).join('\n');
      expect(text).toContain(`begins ${gate}`);
      expect(text).toMatch(new RegExp(`half of ${gate}, \\n?the other half`));
      expect(text).not.toContain(gate === 'a' ? ' b' : ' a');
    }
  });

  test('tell the memory and CPU of all that overlap', async () => {
    const { invoke } = await shared();
    const { usage } = await invoke({ run: 'opens', gates: [] });
    expect(usage.cpuUs).toBeGreaterThan(0);
    expect(usage.peakKb).toBeGreaterThan(10_000);
  });

  test('know no trace id of the process, which could be only one of theirs', async () => {
    const { invoke } = await shared();
    const answer = await invoke({ run: 'opens', gates: [] }, { traceId: 'Root=1' });
    expect(answer).not.toHaveProperty('value.trace');
  });

  test('fail all when the event loop runs empty, and the sandbox stays', async () => {
    const { invoke } = await shared();
    const answers = await Promise.all([invoke({ run: 'neverSettles' }), invoke({ run: 'neverSettles' })]);
    for (const answer of answers)
      expect(answer).toMatchObject({
        type: 'failed',
        error: { errorType: 'Runtime.NodeJsExit' },
        fatal: false,
      });
    expect(await invoke({ run: 'opens', gates: [] })).toMatchObject({ type: 'result' });
  });

  test('fail all when an error ends the process', async () => {
    const { invoke, sandbox } = await shared();
    const answers = [invoke({ run: 'throwsLater' }), invoke({ run: 'throwsLater', throws: true })];
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({
        type: 'failed',
        error: { errorMessage: 'nobody catches this' },
        fatal: true,
      });
    expect(await sandbox.exited).toMatchObject({ code: 129 });
  });
});
