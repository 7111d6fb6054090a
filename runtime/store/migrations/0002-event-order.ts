/**
 * Events of one key in the order of their commits, chains of events, and what could not be delivered.
 *
 * `order_key`: while an event of the same function and key is pending, later ones are `blocked`. The flag, kept by
 * the insert and by two triggers, makes finding what is due one probe of an index however long the backlog of one
 * key is; a subquery over the backlog took 100 ms with 100,000 events of one key.
 *
 * `depth`: how many invocations came before it in its chain. `failures`: runs that ended badly, as told from
 * `attempts`, which counts waiting for room as well.
 */
export const eventOrder = `
ALTER TABLE queued_events ADD COLUMN order_key TEXT;
ALTER TABLE queued_events ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queued_events ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queued_events ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;

DROP INDEX queued_events_by_function;
DROP INDEX queued_events_by_due;
CREATE INDEX queued_events_ready ON queued_events (function) WHERE blocked = 0;
CREATE INDEX queued_events_by_due ON queued_events (due_at) WHERE blocked = 0;
CREATE INDEX queued_events_by_order ON queued_events (function, order_key) WHERE order_key IS NOT NULL;

CREATE TRIGGER queued_events_next_after_delete AFTER DELETE ON queued_events WHEN OLD.order_key IS NOT NULL
BEGIN
  UPDATE queued_events SET blocked = 0 WHERE id =
    (SELECT min(id) FROM queued_events WHERE function = OLD.function AND order_key = OLD.order_key);
END;
CREATE TRIGGER queued_events_next_after_release AFTER UPDATE OF order_key ON queued_events
  WHEN OLD.order_key IS NOT NULL AND NEW.order_key IS NULL
BEGIN
  UPDATE queued_events SET blocked = 0 WHERE id =
    (SELECT min(id) FROM queued_events WHERE function = OLD.function AND order_key = OLD.order_key);
END;

CREATE TABLE dead_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  died_at REAL NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  enqueued_at REAL NOT NULL,
  request_id TEXT NOT NULL,
  function TEXT NOT NULL,
  trigger_type TEXT NOT NULL,
  trigger_source TEXT,
  parent_request_id TEXT,
  payload BLOB NOT NULL
) STRICT;
CREATE INDEX dead_events_by_function ON dead_events (function);
`;
