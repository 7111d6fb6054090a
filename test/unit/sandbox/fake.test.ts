import { expect, test } from 'vitest';
import { createFakeDriver } from '../../../runtime/sandbox/fake.ts';
import { artifact, spec } from '../../contract/harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const invoke = (requestId: string) => ({ type: 'invoke', requestId, deadlineMs: 0 }) as const;

test('steps take the time that the script says, on its clock', async () => {
  const clock = new FakeClock();
  const driver = createFakeDriver({ clock, delays: { create: 40, ready: 60 } });
  const events: string[] = [];
  const creation = driver.create(spec()).then(async (sandbox) => {
    events.push('created');
    await sandbox.ready;
    events.push('ready');
  });
  await clock.advance(39);
  expect(events).toEqual([]);
  await clock.advance(1);
  expect(events).toEqual(['created']);
  await clock.advance(60);
  expect(events).toEqual(['created', 'ready']);
  await creation;
});

test('manual steps wait for the test', async () => {
  const driver = createFakeDriver({ delays: { place: 'manual' } });
  const sandbox = await driver.create(spec());
  const placed = sandbox.place(artifact('behaviours'));
  driver.sandboxes[0]?.release('place');
  expect(await placed).toBe('/var/task');
});

test('a step fails as the script says, and a sandbox that could not be created has ended', async () => {
  const driver = createFakeDriver({
    fails: (step) => (step === 'create' ? new Error('no room') : undefined),
  });
  await expect(driver.create(spec())).rejects.toThrow('no room');
  expect(driver.alive).toEqual([]);
  expect(driver.sandboxes[0]?.ended).toMatchObject({ code: 1 });
});

test('calls are answered by the script, and held while it is frozen', async () => {
  const driver = createFakeDriver({
    invoke: (sandbox, { requestId }, payload) =>
      sandbox.answer(requestId, JSON.parse(String(Buffer.from(payload)))),
  });
  const sandbox = await driver.create(spec());
  const answers: string[] = [];
  sandbox.channel.onMessage = (message, payload) => answers.push(`${message.type} ${payload.toString()}`);
  await sandbox.freeze();
  sandbox.channel.send(invoke('r'), Buffer.from('{"n":1}'));
  await new Promise(setImmediate);
  expect(answers).toEqual([]);
  await sandbox.thaw();
  expect(answers).toEqual(['result {"n":1}']);
});

test('an exit ends whatever is under way, and nothing is said after it', async () => {
  const driver = createFakeDriver({ delays: { place: 'manual' } });
  const sandbox = await driver.create(spec());
  const fake = driver.sandboxes[0]!;
  const messages: string[] = [];
  sandbox.channel.onMessage = ({ type }) => messages.push(type);
  const placed = sandbox.place(artifact('behaviours')).catch((error: unknown) => error);
  fake.exit({ code: null, signal: 'SIGKILL', oom: true });
  expect(await placed).toMatchObject({ code: 'SandboxExited' });
  fake.say({ type: 'initialized' });
  sandbox.channel.send(invoke('r'));
  expect(messages).toEqual([]);
  expect(fake.sent).toEqual([]);
  expect(await sandbox.exited).toMatchObject({ oom: true });
  expect(driver.peak).toBe(1);
});
