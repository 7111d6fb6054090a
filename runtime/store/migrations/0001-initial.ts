/**
 * The first tables.
 *
 * `records_by_request`: request ids are random, and a plain index on them dirties a page per row (measured:
 * 20 to 30 us a row at 300,000 rows, and growing). With the row id's upper bits in front, new entries fall into the
 * segment being filled (6 us, flat), and a lookup probes one segment per 512 rows: 2 ms in a million.
 *
 * `log_lines.end_offset`: bytes of all lines ever written up to this one, so that pruning by size
 * needs no sum.
 */
export const initial = `
CREATE TABLE records (
  id INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  function TEXT NOT NULL,
  revision TEXT,
  instance TEXT,
  trigger_type TEXT NOT NULL,
  trigger_source TEXT,
  outcome TEXT NOT NULL,
  error_type TEXT,
  error_message TEXT,
  start TEXT,
  cold_reason TEXT,
  received_at REAL NOT NULL,
  queue_ms REAL,
  provision_ms REAL,
  boot_ms REAL,
  init_ms REAL,
  thaw_ms REAL,
  handler_ms REAL,
  cold_start_ms REAL NOT NULL,
  duration_ms REAL NOT NULL,
  billed_ms REAL NOT NULL,
  memory_mb REAL NOT NULL,
  max_memory_mb REAL,
  cpu_ms REAL,
  tmp_mb REAL NOT NULL,
  request_bytes INTEGER NOT NULL,
  response_bytes INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  parent_request_id TEXT
) STRICT;
CREATE INDEX records_by_time ON records (received_at);
CREATE INDEX records_by_function ON records (function, received_at);
CREATE INDEX records_by_request ON records (id >> 9, request_id);

CREATE TABLE log_lines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  end_offset INTEGER NOT NULL,
  function TEXT NOT NULL,
  instance TEXT,
  request_id TEXT,
  stream TEXT NOT NULL,
  level TEXT,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX log_lines_by_function ON log_lines (function);

CREATE TABLE functions (
  name TEXT PRIMARY KEY,
  deployed TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE instances (
  id TEXT NOT NULL UNIQUE,
  function TEXT NOT NULL,
  revision TEXT NOT NULL,
  driver TEXT NOT NULL,
  memory_mb REAL NOT NULL,
  states TEXT NOT NULL,
  end_reason TEXT,
  calls INTEGER NOT NULL,
  peak_memory_mb REAL
) STRICT;
CREATE INDEX instances_by_function ON instances (function);

CREATE TABLE queued_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  due_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  enqueued_at REAL NOT NULL,
  request_id TEXT NOT NULL,
  function TEXT NOT NULL,
  trigger_type TEXT NOT NULL,
  trigger_source TEXT,
  parent_request_id TEXT,
  payload BLOB NOT NULL
) STRICT;
CREATE INDEX queued_events_by_function ON queued_events (function);
CREATE INDEX queued_events_by_due ON queued_events (due_at);
`;
