/**
 * What replaying needs: earlier revisions with their settings, and the events that were recorded on request.
 *
 * `recorded_events`: a row a batch of events of one revision, because a row costs more than writing an event. `end_offset`:
 * bytes of all batches ever written up to this one, as in `log_lines`.
 */
export const replay = `
CREATE TABLE revisions (
  function TEXT NOT NULL,
  revision TEXT NOT NULL,
  deployed_at REAL NOT NULL,
  deployed TEXT NOT NULL,
  PRIMARY KEY (function, revision)
) STRICT, WITHOUT ROWID;
INSERT INTO revisions (function, revision, deployed_at, deployed)
  SELECT name, json_extract(deployed, '$.revision.id'), json_extract(deployed, '$.deployedAt'), deployed FROM functions
  WHERE json_extract(deployed, '$.revision.id') IS NOT NULL AND json_extract(deployed, '$.deployedAt') IS NOT NULL;

CREATE TABLE recorded_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  end_offset INTEGER NOT NULL,
  function TEXT NOT NULL,
  revision TEXT,
  last_at REAL NOT NULL,
  count INTEGER NOT NULL,
  events BLOB NOT NULL
) STRICT;
CREATE INDEX recorded_events_by_function ON recorded_events (function, last_at);
`;
