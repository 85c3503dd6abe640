-- The whole schema. Times are microseconds since the epoch, UTC; amounts are whole credits.
-- `seq` gives the order (a clock may jump), `id` is what the outside sees.

CREATE TABLE box (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  id         TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL UNIQUE,
  balance    INTEGER NOT NULL DEFAULT 0,
  entries    INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  account_id   TEXT NOT NULL REFERENCES account (id),
  name         TEXT NOT NULL,
  hint         TEXT NOT NULL,
  digest       TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at   INTEGER
) STRICT;

CREATE TABLE project (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  account_id  TEXT NOT NULL REFERENCES account (id),
  name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 256),
  state       TEXT NOT NULL CHECK (state IN ('active', 'archived')),
  archived_at INTEGER,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  CHECK ((state = 'archived') = (archived_at IS NOT NULL))
) STRICT;
CREATE INDEX project_by_account ON project (account_id, state);

CREATE TABLE asset (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  account_id    TEXT NOT NULL REFERENCES account (id),
  project_id    TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  state         TEXT NOT NULL
                CHECK (state IN ('pending_upload', 'processing', 'pending_payment', 'ready', 'failed')),
  declared_size INTEGER NOT NULL CHECK (declared_size BETWEEN 64 AND 53687091200),
  size_bytes    INTEGER CHECK (size_bytes = declared_size),
  type          TEXT CHECK (type IN ('audio', 'video')),
  content_type  TEXT,
  extension     TEXT CHECK (extension NOT GLOB '*[^a-z0-9]*'),
  language      TEXT,
  duration_ms   INTEGER CHECK (duration_ms > 0),
  price         INTEGER CHECK (price = max(1, (duration_ms + 59999) / 60000)),
  error_code    TEXT,
  error_message TEXT,
  expires_at    INTEGER,
  prepared_at   INTEGER,
  created_at    INTEGER NOT NULL,
  CHECK ((type IS NULL) = (content_type IS NULL) AND (type IS NULL) = (extension IS NULL)),
  CHECK ((state = 'failed') = (error_code IS NOT NULL) AND (error_code IS NULL) = (error_message IS NULL)),
  CHECK ((state = 'pending_upload') = (expires_at IS NOT NULL)),
  CHECK (state <> 'pending_upload' OR size_bytes IS NULL),
  CHECK (state NOT IN ('processing', 'pending_payment', 'ready') OR (size_bytes IS NOT NULL AND type IS NOT NULL)),
  CHECK ((state IN ('pending_payment', 'ready')) = (duration_ms IS NOT NULL)),
  CHECK ((duration_ms IS NULL) = (price IS NULL) AND (duration_ms IS NULL) = (prepared_at IS NULL))
) STRICT;
CREATE INDEX asset_by_account ON asset (account_id, state);
CREATE INDEX asset_by_project ON asset (project_id, state);
-- The rowid is the order, but an index that leads elsewhere first cannot give it.
CREATE INDEX asset_newest ON asset (account_id, seq);
CREATE INDEX asset_newest_of_project ON asset (project_id, seq);
CREATE INDEX asset_expiring ON asset (expires_at) WHERE state = 'pending_upload';
CREATE INDEX asset_waiting ON asset (seq) WHERE state = 'processing';
CREATE INDEX asset_unpaid ON asset (prepared_at) WHERE state = 'pending_payment';

CREATE TRIGGER asset_starts_pending BEFORE INSERT ON asset WHEN NEW.state <> 'pending_upload'
BEGIN SELECT RAISE (ABORT, 'an asset starts in pending_upload'); END;
CREATE TRIGGER asset_moves BEFORE UPDATE OF state ON asset
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'pending_upload>processing', 'pending_upload>failed',
  'processing>ready', 'processing>pending_payment', 'processing>failed',
  'pending_payment>ready')
BEGIN SELECT RAISE (ABORT, 'no such move between asset states'); END;

CREATE TABLE ledger (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  account_id    TEXT NOT NULL REFERENCES account (id),
  type          TEXT NOT NULL CHECK (type IN ('consume_asset', 'topup', 'refund', 'adjustment', 'expiry')),
  delta         INTEGER NOT NULL CHECK (delta <> 0),
  balance_after INTEGER NOT NULL,
  asset_id      TEXT, -- no foreign key: assets go, the ledger stays
  reference     TEXT,
  note          TEXT,
  created_at    INTEGER NOT NULL,
  CHECK (type <> 'consume_asset' OR (asset_id IS NOT NULL AND delta < 0 AND balance_after >= 0)),
  CHECK (type NOT IN ('topup', 'refund') OR delta > 0),
  CHECK (type <> 'expiry' OR delta < 0)
) STRICT;
CREATE INDEX ledger_by_account ON ledger (account_id);
CREATE UNIQUE INDEX ledger_one_charge_per_asset ON ledger (asset_id) WHERE type = 'consume_asset';
CREATE UNIQUE INDEX ledger_one_per_reference ON ledger (account_id, reference) WHERE reference IS NOT NULL;

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE (ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE (ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_chain BEFORE INSERT ON ledger
WHEN NEW.balance_after <> NEW.delta + coalesce(
  (SELECT balance_after FROM ledger WHERE account_id = NEW.account_id ORDER BY seq DESC LIMIT 1), 0)
BEGIN SELECT RAISE (ABORT, 'the running balance is broken'); END;
CREATE TRIGGER ledger_apply AFTER INSERT ON ledger
BEGIN UPDATE account SET balance = NEW.balance_after, entries = entries + 1 WHERE id = NEW.account_id; END;
CREATE TRIGGER account_balance_from_ledger BEFORE UPDATE OF balance ON account
WHEN NEW.balance <> coalesce(
  (SELECT balance_after FROM ledger WHERE account_id = NEW.id ORDER BY seq DESC LIMIT 1), 0)
BEGIN SELECT RAISE (ABORT, 'the balance follows the ledger'); END;

CREATE TRIGGER asset_ready_needs_charge BEFORE UPDATE OF state ON asset
WHEN NEW.state = 'ready' AND NOT EXISTS (
  SELECT 1 FROM ledger WHERE type = 'consume_asset' AND asset_id = NEW.id AND delta = -NEW.price)
BEGIN SELECT RAISE (ABORT, 'ready without its charge'); END;
CREATE TRIGGER asset_charged_never_fails BEFORE UPDATE OF state ON asset
WHEN NEW.state = 'failed' AND EXISTS (SELECT 1 FROM ledger WHERE type = 'consume_asset' AND asset_id = NEW.id)
BEGIN SELECT RAISE (ABORT, 'a charged asset cannot fail'); END;
