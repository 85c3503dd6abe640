-- What event streams (GET /v1/events) send, written with the change itself. `seq` is the number by which a reader
-- resumes; `entity` is the row as the change left it, a deleted one as it was last, as JSON by the names of its columns.
-- Kept for minutes. Webhooks have a table of their own, `event`: what is told here alone is never one of their types.
CREATE TABLE stream_event (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id TEXT NOT NULL REFERENCES account (id),
  type       TEXT NOT NULL CHECK (type GLOB '[a-z]*.[a-z]*'),
  entity     TEXT NOT NULL CHECK (json_valid(entity)),
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000)
) STRICT;
CREATE INDEX stream_event_by_account ON stream_event (account_id, seq, created_at);
CREATE INDEX stream_event_by_age ON stream_event (created_at);

-- The rows as JSON, where more than one trigger stores them.
CREATE VIEW asset_entity AS SELECT id, json_object(
  'id', id, 'project_id', project_id, 'type', type, 'state', state, 'extension', extension, 'size_bytes', size_bytes,
  'content_type', content_type, 'duration_ms', duration_ms, 'language', language, 'error_code', error_code,
  'error_message', error_message, 'created_at', created_at, 'name', name) AS entity FROM asset;
CREATE VIEW cut_entity AS SELECT id, json_object(
  'id', id, 'asset_id', asset_id, 'state', state, 'script', script, 'error_code', error_code,
  'error_message', error_message, 'created_at', created_at, 'started_at', started_at, 'completed_at', completed_at,
  'by_hand', by_hand, 'based_on', based_on, 'options', options, 'summary', summary) AS entity FROM cut;
CREATE VIEW render_entity AS SELECT id, json_object(
  'id', id, 'asset_id', asset_id, 'cut_id', cut_id, 'state', state, 'output', output, 'size_bytes', size_bytes,
  'error_code', error_code, 'error_message', error_message, 'created_at', created_at, 'started_at', started_at,
  'completed_at', completed_at, 'warnings', warnings, 'duration_ms', duration_ms) AS entity FROM render;
CREATE VIEW project_entity AS SELECT id, json_object(
  'id', id, 'name', name, 'state', state, 'archived_at', archived_at, 'created_at', created_at,
  'updated_at', updated_at) AS entity FROM project;

CREATE TRIGGER asset_stream_created AFTER INSERT ON asset
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'asset.created', entity FROM asset_entity WHERE id = NEW.id;
END;
CREATE TRIGGER asset_stream_state AFTER UPDATE OF state ON asset WHEN OLD.state <> NEW.state
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'asset.' || NEW.state, entity FROM asset_entity WHERE id = NEW.id;
END;
CREATE TRIGGER asset_stream_detected AFTER UPDATE OF type, content_type, extension ON asset
WHEN OLD.state = NEW.state AND (OLD.content_type IS NOT NEW.content_type OR OLD.extension IS NOT NEW.extension)
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'asset.changed', entity FROM asset_entity WHERE id = NEW.id;
END;
CREATE TRIGGER artifact_stream_shown AFTER UPDATE OF state ON artifact
WHEN NEW.kind IN ('poster', 'waveform') AND NEW.state = 'ready' AND OLD.state <> 'ready'
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'asset.changed', entity FROM asset_entity WHERE id = NEW.asset_id;
END;
CREATE TRIGGER asset_stream_deleted BEFORE DELETE ON asset
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT OLD.account_id, 'asset.deleted', entity FROM asset_entity WHERE id = OLD.id;
END;

-- A failed cut that is posted again waits like a new one.
CREATE TRIGGER cut_stream_created AFTER INSERT ON cut
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'cut.created', entity FROM cut_entity WHERE id = NEW.id;
END;
CREATE TRIGGER cut_stream_state AFTER UPDATE OF state ON cut
WHEN OLD.state <> NEW.state AND NEW.state <> 'processing'
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'cut.' || iif(NEW.state = 'pending', 'created', NEW.state), entity
  FROM cut_entity WHERE id = NEW.id;
END;
CREATE TRIGGER cut_stream_deleted BEFORE DELETE ON cut
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT OLD.account_id, 'cut.deleted', entity FROM cut_entity WHERE id = OLD.id;
END;

-- As a cut; one that is deleted before it is completed was cancelled first.
CREATE TRIGGER render_stream_created AFTER INSERT ON render
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'render.created', entity FROM render_entity WHERE id = NEW.id;
END;
CREATE TRIGGER render_stream_state AFTER UPDATE OF state ON render
WHEN OLD.state <> NEW.state AND NEW.state <> 'processing'
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'render.' || iif(NEW.state = 'pending', 'created', NEW.state), entity
  FROM render_entity WHERE id = NEW.id;
END;
CREATE TRIGGER render_stream_deleted BEFORE DELETE ON render
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT OLD.account_id, 'render.cancelled', entity FROM render_entity
  WHERE id = OLD.id AND OLD.state IN ('pending', 'processing');
  INSERT INTO stream_event (account_id, type, entity)
  SELECT OLD.account_id, 'render.deleted', entity FROM render_entity WHERE id = OLD.id;
END;

CREATE TRIGGER project_stream_created AFTER INSERT ON project
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'project.changed', entity FROM project_entity WHERE id = NEW.id;
END;
CREATE TRIGGER project_stream_changed AFTER UPDATE OF name, state, updated_at ON project WHEN NEW.deleted_at IS NULL
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'project.changed', entity FROM project_entity WHERE id = NEW.id;
END;
CREATE TRIGGER project_stream_deleted AFTER UPDATE OF deleted_at ON project
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  SELECT NEW.account_id, 'project.deleted', entity FROM project_entity WHERE id = NEW.id;
END;

CREATE TRIGGER balance_stream_changed AFTER UPDATE OF balance ON account WHEN OLD.balance <> NEW.balance
BEGIN
  INSERT INTO stream_event (account_id, type, entity)
  VALUES (NEW.id, 'balance.changed', json_object('balance', NEW.balance));
END;
