/** What a sandbox goes through before it is needed leaves nothing behind. */
import { expect, test } from 'vitest';
import type { InitSettings, Subject } from '../../contract/harness.ts';
import { useSubjects } from './subject.ts';

const { ready } = useSubjects();

async function rehearsed(): Promise<Subject> {
  const subject = await ready('surroundings');
  subject.sandbox.channel.send({ type: 'rehearse' });
  return subject;
}

async function surroundings(subject: Subject, settings?: InitSettings): Promise<unknown> {
  expect(await subject.init('handler', settings)).toEqual({ type: 'initialized' });
  const answer = await subject.invoke({}, { requestId: 'r-1' });
  return 'value' in answer ? answer.value : answer;
}

test('a function finds the same, whether its sandbox has rehearsed or not', async () => {
  const seen = await surroundings(await ready('surroundings'));
  expect(seen).toMatchObject({ files: [], directory: expect.stringMatching(/surroundings$/) });
  expect(await surroundings(await rehearsed())).toEqual(seen);
});

test('what is printed while the function loads belongs to no call', async () => {
  const subject = await rehearsed();
  await surroundings(subject);
  expect(subject.logs).toEqual([expect.objectContaining({ text: 'loading', requestId: null })]);
});

test('a function that takes long to load has left no work', async () => {
  const subject = await rehearsed();
  await surroundings(subject, { env: { SLOW: '200' } });
  expect(subject.logs.map(({ text }) => text)).toEqual(['loading']);
});
