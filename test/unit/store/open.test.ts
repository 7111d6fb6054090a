import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { makeEvent, makeLine, makeRecord, openTestStore, tempDir } from './harness.ts';

const open = (dataDir: string, options: { readOnly?: boolean } = {}) =>
  openStore(dataDir, { log: silentLogger, ...options });
const failure = (message: RegExp, details: object = {}) =>
  expect.objectContaining({
    code: 'StoreFailed',
    message: expect.stringMatching(message),
    remedy: expect.any(String),
    ...details,
  });

describe('opening the store', () => {
  it('creates the folder and a database that other users cannot read', () => {
    const dataDir = join(tempDir(), 'a', 'b');
    const { store } = openTestStore(dataDir);
    store.queue.enqueue(makeEvent());
    for (const file of readdirSync(dataDir)) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
  });

  it('finds everything again after closing, and leaves one file', () => {
    const { store, dataDir } = openTestStore();
    store.ledger.append(makeRecord({ requestId: 'r' }));
    store.logs.append(makeLine());
    store.queue.enqueue(makeEvent());
    store.close();
    store.close();
    expect(readdirSync(dataDir)).toEqual(['faas.db']);
    const again = openTestStore(dataDir).store;
    expect([again.ledger.count({ requestId: 'r' }), again.logs.lines().length, again.queue.size()]).toEqual([
      1, 1, 1,
    ]);
  });

  it('refuses a file that is no database, and leaves it as it was', () => {
    const dataDir = tempDir();
    writeFileSync(join(dataDir, 'faas.db'), 'this is a text file, and a rather long one at that'.repeat(100));
    expect(() => open(dataDir)).toThrow(failure(/not a database/));
    expect(statSync(join(dataDir, 'faas.db')).size).toBe(5000);
  });

  it('refuses a damaged database', () => {
    const { store, dataDir } = openTestStore();
    for (let i = 0; i < 3000; i += 1) store.ledger.append(makeRecord());
    store.close();
    writeFileSync(join(dataDir, 'faas.db'), Buffer.alloc(4000, 0xff), { flag: 'r+' });
    expect(() => open(dataDir)).toThrow(failure(/./));
  });

  it('refuses a database of a newer faas, to readers too', () => {
    const { store, dataDir } = openTestStore();
    store.database.exec("UPDATE schema_versions SET version = 1000 WHERE component = 'store'");
    store.close();
    const newer = failure(/newer faas/, { got: 'version 1000' });
    expect(() => open(dataDir)).toThrow(newer);
    expect(() => open(dataDir, { readOnly: true })).toThrow(newer);
  });

  it('refuses a folder that cannot be made', () => {
    const dataDir = join(tempDir(), 'file');
    writeFileSync(dataDir, '');
    expect(() => open(join(dataDir, 'inside'))).toThrow(failure(/ENOTDIR|EEXIST/));
  });

  it.skipIf(process.getuid?.() === 0)('refuses a folder without permission', () => {
    const dataDir = tempDir();
    chmodSync(dataDir, 0o500);
    expect(() => open(dataDir)).toThrow(failure(/EACCES/));
  });

  it('names the lock when another program holds the database', () => {
    const { store, dataDir } = openTestStore();
    store.database.exec('PRAGMA busy_timeout = 0');
    const other = new DatabaseSync(join(dataDir, 'faas.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.queue.enqueue(makeEvent())).toThrow(failure(/locked/));
    expect(() => store.transaction(() => {})).toThrow(failure(/locked/));
    other.close();
    store.queue.enqueue(makeEvent());
  });
});

describe('a read-only store', () => {
  it('sees what a running runtime has written, while it writes', () => {
    const { store, dataDir } = openTestStore();
    const reader = open(dataDir, { readOnly: true });
    store.ledger.append(makeRecord());
    store.ledger.flush();
    expect(reader.ledger.count()).toBe(1);
    store.transaction(() => {
      store.queue.enqueue(makeEvent());
      expect(reader.queue.size()).toBe(0);
    });
    expect(reader.queue.size()).toBe(1);
    reader.close();
  });

  it('cannot write', () => {
    const { dataDir } = openTestStore();
    const reader = open(dataDir, { readOnly: true });
    expect(() => reader.queue.enqueue(makeEvent())).toThrow(failure(/readonly/));
    reader.close();
  });

  it('reads a database that no one has open', () => {
    const { store, dataDir } = openTestStore();
    store.ledger.append(makeRecord());
    store.close();
    const reader = open(dataDir, { readOnly: true });
    expect(reader.ledger.count()).toBe(1);
    reader.close();
  });

  it('creates nothing where there is nothing', () => {
    const dataDir = tempDir();
    expect(() => open(dataDir, { readOnly: true })).toThrow(failure(/does not exist/));
    expect(existsSync(join(dataDir, 'faas.db'))).toBe(false);
  });

  it('does not take an older database for a current one', () => {
    const dataDir = tempDir();
    writeFileSync(join(dataDir, 'faas.db'), '');
    expect(() => open(dataDir, { readOnly: true })).toThrow(failure(/older/, { got: 'version 0' }));
  });
});

describe('transaction', () => {
  it('gives its result', () => {
    expect(openTestStore().store.transaction(() => 7)).toBe(7);
  });

  it('rethrows the error of its work unchanged, with nothing written', () => {
    const { store } = openTestStore();
    const error = new Error('on purpose');
    const failing = () =>
      store.transaction(() => {
        store.queue.enqueue(makeEvent());
        throw error;
      });
    expect(failing).toThrow(error);
    expect(store.queue.size()).toBe(0);
  });

  it('refuses to nest, and rolls the outer one back', () => {
    const { store } = openTestStore();
    const nested = () =>
      store.transaction(() => {
        store.queue.enqueue(makeEvent());
        store.transaction(() => {});
      });
    expect(nested).toThrow(/inside another/);
    expect(store.queue.size()).toBe(0);
    store.transaction(() => {});
  });

  it('refuses asynchronous work', () => {
    const { store } = openTestStore();
    expect(() => store.transaction(async () => store.queue.enqueue(makeEvent()))).toThrow(/synchronous/);
    expect(store.queue.size()).toBe(0);
  });
});
