import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openConnection } from '../../../runtime/store/connection.ts';
import { migrate, requireVersion } from '../../../runtime/store/migrate.ts';
import { tempDir } from './harness.ts';

const FIRST = 'CREATE TABLE a (x)';
const SECOND = 'CREATE TABLE b (x); INSERT INTO b SELECT x + 1 FROM a';

function connect(file = join(tempDir(), 'test.db')) {
  const connection = openConnection(file);
  onTestFinished(() => {
    if (connection.database.isOpen) connection.close();
  });
  return connection;
}

describe('migrations', () => {
  it('run in order, each once, and bring data along', () => {
    const connection = connect();
    migrate(connection, 'test', [FIRST]);
    connection.database.exec('INSERT INTO a VALUES (1)');
    migrate(connection, 'test', [FIRST, SECOND]);
    migrate(connection, 'test', [FIRST, SECOND]);
    expect(
      connection
        .prepare<{ x: number }>('SELECT x FROM b')
        .all()
        .map((row) => row.x),
    ).toEqual([2]);
    requireVersion(connection.database, 'test', 2);
  });

  it('leave nothing of a version whose steps fail', () => {
    const connection = connect();
    expect(() => migrate(connection, 'test', [FIRST, 'CREATE TABLE b (x); nonsense'])).toThrow(
      /syntax error/,
    );
    expect(() => requireVersion(connection.database, 'test', 1)).toThrow(/older/);
    migrate(connection, 'test', [FIRST, SECOND]);
  });

  it('count each component by itself', () => {
    const connection = connect();
    migrate(connection, 'test', [FIRST, SECOND]);
    migrate(connection, 's3', ['CREATE TABLE s3_a (x)']);
    expect(
      connection.prepare('SELECT component, version FROM schema_versions ORDER BY component').all(),
    ).toEqual([
      { component: 's3', version: 1 },
      { component: 'test', version: 2 },
    ]);
  });

  it('refuse to go back', () => {
    const connection = connect();
    migrate(connection, 'test', [FIRST, SECOND]);
    expect(() => migrate(connection, 'test', [FIRST])).toThrow(
      expect.objectContaining({ code: 'StoreFailed', expected: 'at most version 1', got: 'version 2' }),
    );
  });
});
