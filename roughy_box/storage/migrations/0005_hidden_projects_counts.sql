-- A deleted project is hidden at once; its rows and files go in batches, also after a crash.
ALTER TABLE project ADD COLUMN deleted_at INTEGER;
CREATE INDEX project_deleted ON project (id) WHERE deleted_at IS NOT NULL;
DROP INDEX project_by_account;
CREATE INDEX project_by_account ON project (account_id, state) WHERE deleted_at IS NULL;
CREATE TRIGGER project_deletion_stays BEFORE UPDATE OF deleted_at ON project
WHEN OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NOT OLD.deleted_at
BEGIN SELECT RAISE (ABORT, 'the deletion of a project is final'); END;
CREATE TRIGGER asset_needs_project BEFORE INSERT ON asset
WHEN EXISTS (SELECT 1 FROM project WHERE id = NEW.project_id AND deleted_at IS NOT NULL)
BEGIN SELECT RAISE (ABORT, 'the project was deleted'); END;
CREATE TRIGGER project_goes_last BEFORE DELETE ON project
WHEN OLD.deleted_at IS NOT NULL AND EXISTS (SELECT 1 FROM asset WHERE project_id = OLD.id)
BEGIN SELECT RAISE (ABORT, 'the assets of a deleted project go before it'); END;

-- The first condition is computed once a query and spares the others a look at every row.
CREATE VIEW visible_asset AS SELECT * FROM asset
WHERE NOT EXISTS (SELECT 1 FROM project WHERE deleted_at IS NOT NULL)
   OR project_id NOT IN (SELECT id FROM project WHERE deleted_at IS NOT NULL);

-- How many visible assets there are, by state: of each project, and, with '' for the project, of each account.
CREATE TABLE asset_count (
  account_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  state      TEXT NOT NULL,
  total      INTEGER NOT NULL CHECK (total >= 0),
  PRIMARY KEY (account_id, project_id, state)
) STRICT;
CREATE INDEX asset_count_by_state ON asset_count (state) WHERE project_id = '';
INSERT INTO asset_count SELECT account_id, '', state, count(*) FROM asset GROUP BY account_id, state;
INSERT INTO asset_count SELECT account_id, project_id, state, count(*) FROM asset GROUP BY account_id, project_id, state;

CREATE TRIGGER asset_count_insert AFTER INSERT ON asset
BEGIN
  INSERT INTO asset_count VALUES (NEW.account_id, '', NEW.state, 1), (NEW.account_id, NEW.project_id, NEW.state, 1)
  ON CONFLICT DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER asset_count_delete AFTER DELETE ON asset
WHEN NOT EXISTS (SELECT 1 FROM project WHERE id = OLD.project_id AND deleted_at IS NOT NULL)
BEGIN
  UPDATE asset_count SET total = total - 1
  WHERE account_id = OLD.account_id AND project_id IN ('', OLD.project_id) AND state = OLD.state;
END;
CREATE TRIGGER asset_count_move AFTER UPDATE OF state ON asset
WHEN OLD.state <> NEW.state
 AND NOT EXISTS (SELECT 1 FROM project WHERE id = NEW.project_id AND deleted_at IS NOT NULL)
BEGIN
  UPDATE asset_count SET total = total - 1
  WHERE account_id = NEW.account_id AND project_id IN ('', NEW.project_id) AND state = OLD.state;
  INSERT INTO asset_count VALUES (NEW.account_id, '', NEW.state, 1), (NEW.account_id, NEW.project_id, NEW.state, 1)
  ON CONFLICT DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER asset_count_hide AFTER UPDATE OF deleted_at ON project
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
  UPDATE asset_count SET total = total - coalesce((
    SELECT hidden.total FROM asset_count AS hidden WHERE hidden.account_id = NEW.account_id
      AND hidden.project_id = NEW.id AND hidden.state = asset_count.state), 0)
  WHERE account_id = NEW.account_id AND project_id = '';
  DELETE FROM asset_count WHERE account_id = NEW.account_id AND project_id = NEW.id;
END;
CREATE TRIGGER asset_count_forget AFTER DELETE ON project
BEGIN
  DELETE FROM asset_count WHERE account_id = OLD.account_id AND project_id = OLD.id;
END;

-- The oldest asset that a balance covers is found without a look at the rows of those it does not cover.
DROP INDEX asset_by_account;
CREATE INDEX asset_by_account ON asset (account_id, state, seq, price);
