-- Derived files: one row each, with a state of its own. `none`: tried, and the media has nothing to show.
-- `size_bytes` of a ready one is null only until the first start after this migration, which looks at the file.
CREATE TABLE artifact (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  account_id   TEXT NOT NULL REFERENCES account (id),
  asset_id     TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind GLOB '[a-z]*'),
  state        TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ready', 'none')),
  regenerable  INTEGER NOT NULL DEFAULT 1 CHECK (regenerable IN (0, 1)),
  size_bytes   INTEGER CHECK (size_bytes >= 0),
  UNIQUE (asset_id, kind),
  CHECK (state = 'ready' OR size_bytes IS NULL)
) STRICT;
CREATE INDEX artifact_waiting ON artifact (kind, account_id, seq) WHERE state = 'pending';
CREATE INDEX artifact_unmeasured ON artifact (seq) WHERE state = 'ready' AND size_bytes IS NULL;

-- An id that SQL can make: the asset's, with the kind behind it. Nothing outside sees it.
INSERT INTO artifact (id, account_id, asset_id, kind, state)
SELECT id || '.poster', account_id, id, 'poster',
  CASE WHEN has_poster THEN 'ready' WHEN previewed_at IS NULL THEN 'pending' ELSE 'none' END
FROM asset WHERE state = 'ready' ORDER BY seq;
INSERT INTO artifact (id, account_id, asset_id, kind, state)
SELECT id || '.waveform', account_id, id, 'waveform',
  CASE WHEN has_waveform THEN 'ready' WHEN previewed_at IS NULL THEN 'pending' ELSE 'none' END
FROM asset WHERE state = 'ready' ORDER BY seq;

DROP INDEX asset_without_preview;
ALTER TABLE asset DROP COLUMN has_poster;
ALTER TABLE asset DROP COLUMN has_waveform;
ALTER TABLE asset DROP COLUMN previewed_at;

CREATE TRIGGER asset_ready_artifacts AFTER UPDATE OF state ON asset
WHEN NEW.state = 'ready' AND OLD.state <> 'ready'
BEGIN
  INSERT INTO artifact (id, account_id, asset_id, kind)
  VALUES (NEW.id || '.poster', NEW.account_id, NEW.id, 'poster'),
    (NEW.id || '.waveform', NEW.account_id, NEW.id, 'waveform');
END;

-- What happened to whom, written with the change itself, so that there is never one without the other.
-- `seq` is the number by which readers resume. Pruned by age; an entity may be gone before its events.
CREATE TABLE event (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id     TEXT NOT NULL REFERENCES account (id),
  type           TEXT NOT NULL CHECK (type GLOB '[a-z]*.[a-z]*'),
  entity_id      TEXT NOT NULL,
  asset_id       TEXT,
  previous_state TEXT,
  created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX event_by_account ON event (account_id, seq);
CREATE INDEX event_by_age ON event (created_at);

CREATE TRIGGER asset_state_event AFTER UPDATE OF state ON asset
WHEN OLD.state <> NEW.state AND NEW.state IN ('ready', 'pending_payment', 'failed')
BEGIN
  INSERT INTO event (account_id, type, entity_id, asset_id, previous_state, created_at)
  VALUES (NEW.account_id, 'asset.' || NEW.state, NEW.id, NEW.id, OLD.state,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000);
END;

-- Jobs are found account by account, the oldest of each first.
DROP INDEX asset_waiting;
CREATE INDEX asset_waiting ON asset (account_id, seq) WHERE state = 'processing';
DROP INDEX asset_without_sha256;
CREATE INDEX asset_without_sha256 ON asset (account_id, seq)
WHERE sha256 IS NULL AND state IN ('pending_payment', 'ready');
