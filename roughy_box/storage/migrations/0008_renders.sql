-- Renders: a row each, and the plan it is made of in a table of its own, so that lists do not read it and the deletion
-- of its cut leaves it alone. `request` is the SHA-256 of what was asked for, the id of the cut included: it never
-- changes, so that a render whose cut is gone is not taken for one of the full source. `estimate` is the number of
-- bytes the file may take. `output` and `warnings` are JSON.
CREATE TABLE render (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  account_id    TEXT NOT NULL REFERENCES account (id),
  asset_id      TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  cut_id        TEXT REFERENCES cut (id) ON DELETE SET NULL,
  state         TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'processing', 'completed', 'failed')),
  request       TEXT NOT NULL CHECK (length(request) = 64),
  output        TEXT NOT NULL CHECK (json_valid(output)),
  format        TEXT NOT NULL CHECK (format IN ('mp4', 'mov', 'm4a', 'mp3')),
  estimate      INTEGER NOT NULL CHECK (estimate >= 0),
  size_bytes    INTEGER CHECK (size_bytes > 0),
  duration_ms   INTEGER CHECK (duration_ms >= 0),
  warnings      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(warnings)),
  error_code    TEXT,
  error_message TEXT,
  created_at    INTEGER NOT NULL,
  started_at    INTEGER,
  completed_at  INTEGER,
  UNIQUE (asset_id, request),
  CHECK ((state = 'pending') = (started_at IS NULL)),
  CHECK ((state = 'completed') = (completed_at IS NOT NULL)),
  CHECK ((state = 'completed') = (size_bytes IS NOT NULL) AND (size_bytes IS NULL) = (duration_ms IS NULL)),
  CHECK ((state = 'failed') = (error_code IS NOT NULL) AND (error_code IS NULL) = (error_message IS NULL))
) STRICT;
CREATE INDEX render_newest ON render (account_id, seq);
CREATE INDEX render_by_state ON render (account_id, state, seq);
CREATE INDEX render_by_asset ON render (asset_id, seq);
CREATE INDEX render_by_cut ON render (cut_id, seq) WHERE cut_id IS NOT NULL;
-- What waits or runs; it is also counted by account, and its estimates are added up.
CREATE INDEX render_waiting ON render (account_id, seq, estimate) WHERE state IN ('pending', 'processing');

-- `segments` is a JSON list of half-open pairs of frames, `source` JSON of what the box measured of the media.
CREATE TABLE render_plan (
  render_id TEXT PRIMARY KEY REFERENCES render (id) ON DELETE CASCADE,
  segments  TEXT NOT NULL CHECK (json_valid(segments)),
  source    TEXT NOT NULL CHECK (json_valid(source))
) STRICT;

CREATE TRIGGER render_starts_pending BEFORE INSERT ON render WHEN NEW.state <> 'pending'
BEGIN SELECT RAISE (ABORT, 'a render starts in pending'); END;
-- From completed to pending: its file was lost and is made again.
CREATE TRIGGER render_moves BEFORE UPDATE OF state ON render
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'pending>processing', 'processing>completed', 'processing>failed', 'failed>pending', 'completed>pending')
BEGIN SELECT RAISE (ABORT, 'no such move between render states'); END;
CREATE TRIGGER render_completed_has_plan BEFORE UPDATE OF state ON render
WHEN NEW.state = 'completed' AND NOT EXISTS (SELECT 1 FROM render_plan WHERE render_id = NEW.id)
BEGIN SELECT RAISE (ABORT, 'a completed render has a plan'); END;
CREATE TRIGGER render_request_stays BEFORE UPDATE OF request, asset_id, output, format ON render
BEGIN SELECT RAISE (ABORT, 'the request of a render never changes'); END;
CREATE TRIGGER render_plan_is_final BEFORE UPDATE ON render_plan
BEGIN SELECT RAISE (ABORT, 'the plan of a render never changes'); END;

CREATE TRIGGER render_state_event AFTER UPDATE OF state ON render
WHEN OLD.state <> NEW.state AND NEW.state IN ('completed', 'failed')
BEGIN
  INSERT INTO event (account_id, type, entity_id, asset_id, previous_state, created_at)
  VALUES (NEW.account_id, 'render.' || NEW.state, NEW.id, NEW.asset_id, OLD.state,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000);
END;
-- Also when its asset or project is deleted: what refers to an asset goes with it, row by row.
CREATE TRIGGER render_cancelled_event AFTER DELETE ON render WHEN OLD.state IN ('pending', 'processing')
BEGIN
  INSERT INTO event (account_id, type, entity_id, asset_id, previous_state, created_at)
  VALUES (OLD.account_id, 'render.cancelled', OLD.id, OLD.asset_id, OLD.state,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000);
END;

-- As visible_cut: renders in a project that is being deleted are hidden at once.
CREATE VIEW visible_render AS SELECT * FROM render
WHERE NOT EXISTS (SELECT 1 FROM project WHERE deleted_at IS NOT NULL)
   OR asset_id NOT IN (
     SELECT a.id FROM asset a JOIN project p ON p.id = a.project_id WHERE p.deleted_at IS NOT NULL);
