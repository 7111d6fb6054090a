import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Printer } from '../../../cli/terminal/printer.ts';
import { settled } from '../../support/fake-clock.ts';

/** A stream whose reader reads when told to. */
function reader() {
  const read: string[] = [];
  let goOn: (() => void) | undefined;
  let isReading = true;
  const stream = new Writable({
    write(chunk, _encoding, done) {
      read.push(String(chunk));
      if (isReading) done();
      else goOn = done;
    },
  });
  return {
    stream,
    read,
    stop: () => (isReading = false),
    resume: () => {
      isReading = true;
      goOn?.();
    },
  };
}

it('writes the first lines at once and those that follow closely together, in order', async () => {
  const { stream, read } = reader();
  const printer = new Printer(stream, () => {});
  for (const line of ['a', 'b']) printer.print(line);
  expect(read).toEqual([]);
  await settled();
  expect(read).toEqual(['a\nb\n']);
  for (const line of ['c', 'd']) {
    printer.print(line);
    await settled();
  }
  await expect.poll(() => read).toEqual(['a\nb\n', 'c\nd\n']);
});

it('holds a bounded amount for a reader who does not read, and says what was left out when it goes on', async () => {
  const { stream, read, stop, resume } = reader();
  const skipped: number[] = [];
  const printer = new Printer(stream, (count) => skipped.push(count), 0);
  stop();
  const line = 'x'.repeat(100_000);
  for (let count = 0; count < 200; count++) {
    printer.print(line);
    await settled();
  }
  expect(stream.writableLength).toBeLessThan(5 * 1024 * 1024);
  resume();
  await settled();
  printer.print('last');
  await settled();
  expect(read.at(-1)).toBe('last\n');
  const written = read.join('').split('\n').length - 2;
  expect(skipped.reduce((sum, count) => sum + count, 0) + written).toBe(200);
});
