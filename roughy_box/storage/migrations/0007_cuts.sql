-- Cuts: a row each, and the plan of a completed one in a table of its own, so that lists do not read it.
-- `request` is the SHA-256 of what was asked for. `selected` is the recognizer that would have been used when the cut
-- was made, `engine` the one that heard it: the first may have failed. `options` and `summary` are JSON.
CREATE TABLE cut (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  account_id    TEXT NOT NULL REFERENCES account (id),
  asset_id      TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  state         TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'processing', 'completed', 'failed')),
  request       TEXT NOT NULL CHECK (length(request) = 64),
  script        TEXT CHECK (script <> ''),
  options       TEXT NOT NULL CHECK (json_valid(options)),
  by_hand       INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)),
  based_on      TEXT REFERENCES cut (id) ON DELETE SET NULL,
  selected      TEXT,
  engine        TEXT,
  summary       TEXT CHECK (summary IS NULL OR json_valid(summary)),
  error_code    TEXT,
  error_message TEXT,
  created_at    INTEGER NOT NULL,
  started_at    INTEGER,
  completed_at  INTEGER,
  CHECK (by_hand OR based_on IS NULL),
  CHECK ((state = 'pending') = (started_at IS NULL)),
  CHECK ((state = 'completed') = (completed_at IS NOT NULL)),
  CHECK ((state = 'completed') = (summary IS NOT NULL) AND (state <> 'completed' OR engine IS NOT NULL)),
  CHECK ((state = 'failed') = (error_code IS NOT NULL) AND (error_code IS NULL) = (error_message IS NULL))
) STRICT;
CREATE INDEX cut_newest ON cut (account_id, seq);
CREATE INDEX cut_by_state ON cut (account_id, state, seq);
CREATE INDEX cut_by_asset ON cut (asset_id, seq);
CREATE INDEX cut_by_request ON cut (asset_id, request, seq);
CREATE INDEX cut_by_base ON cut (based_on) WHERE based_on IS NOT NULL;
-- What a server that was killed left in processing is found again like what waits.
CREATE INDEX cut_waiting ON cut (account_id, seq) WHERE state IN ('pending', 'processing');

-- `document` is the compressed plan, `source` JSON of what the box measured of the media when it was made.
CREATE TABLE cut_plan (
  cut_id   TEXT PRIMARY KEY REFERENCES cut (id) ON DELETE CASCADE,
  document BLOB NOT NULL,
  source   TEXT NOT NULL CHECK (json_valid(source))
) STRICT;

CREATE TRIGGER cut_starts_pending BEFORE INSERT ON cut WHEN NEW.state <> 'pending'
BEGIN SELECT RAISE (ABORT, 'a cut starts in pending'); END;
CREATE TRIGGER cut_moves BEFORE UPDATE OF state ON cut
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'pending>processing', 'processing>completed', 'processing>failed', 'failed>pending')
BEGIN SELECT RAISE (ABORT, 'no such move between cut states'); END;
CREATE TRIGGER cut_completed_has_plan BEFORE UPDATE OF state ON cut
WHEN NEW.state = 'completed' AND NOT EXISTS (SELECT 1 FROM cut_plan WHERE cut_id = NEW.id)
BEGIN SELECT RAISE (ABORT, 'a completed cut has a plan'); END;
CREATE TRIGGER cut_plan_is_final BEFORE UPDATE ON cut_plan
BEGIN SELECT RAISE (ABORT, 'a plan is never changed'); END;

CREATE TRIGGER cut_state_event AFTER UPDATE OF state ON cut
WHEN OLD.state <> NEW.state AND NEW.state IN ('completed', 'failed')
BEGIN
  INSERT INTO event (account_id, type, entity_id, asset_id, previous_state, created_at)
  VALUES (NEW.account_id, 'cut.' || NEW.state, NEW.id, NEW.asset_id, OLD.state,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000);
END;

-- What an artifact was made with, where that is not always the same: of a listening, recognizer and script.
ALTER TABLE artifact ADD COLUMN made_with TEXT;

-- As visible_asset: cuts in a project that is being deleted are hidden at once.
CREATE VIEW visible_cut AS SELECT * FROM cut
WHERE NOT EXISTS (SELECT 1 FROM project WHERE deleted_at IS NOT NULL)
   OR asset_id NOT IN (
     SELECT a.id FROM asset a JOIN project p ON p.id = a.project_id WHERE p.deleted_at IS NOT NULL);
