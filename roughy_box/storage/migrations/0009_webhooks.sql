-- Webhook endpoints. `event_types` is a JSON list. `failing_since`: the first failed attempt since the last success.
CREATE TABLE webhook_endpoint (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  account_id      TEXT NOT NULL REFERENCES account (id),
  url             TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
  event_types     TEXT NOT NULL CHECK (json_array_length(event_types) > 0),
  description     TEXT CHECK (description <> ''),
  state           TEXT NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled')),
  disabled_reason TEXT CHECK (disabled_reason IN ('manual', 'gone', 'failing')),
  failing_since   INTEGER,
  created_at      INTEGER NOT NULL,
  CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL))
) STRICT;
CREATE INDEX webhook_endpoint_by_account ON webhook_endpoint (account_id, seq);

-- The salts of the secrets that sign; the secrets themselves are derived with that of the box and never stored. One
-- without an end is the current one, the others sign along after a rotation.
CREATE TABLE webhook_secret (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
  salt        TEXT NOT NULL UNIQUE CHECK (length(salt) = 64),
  expires_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX webhook_secret_current ON webhook_secret (endpoint_id) WHERE expires_at IS NULL;
CREATE INDEX webhook_secret_of_endpoint ON webhook_secret (endpoint_id, seq);

-- A delivery is one event for one endpoint. Its id is sent with every attempt. No foreign key: an endpoint is deleted
-- at once, and its history follows in batches. `asset_id` and the entity may be gone before it.
CREATE TABLE webhook_delivery (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  endpoint_id     TEXT NOT NULL,
  event_type      TEXT NOT NULL CHECK (event_type GLOB '[a-z]*.[a-z]*'),
  entity_id       TEXT NOT NULL,
  asset_id        TEXT,
  previous_state  TEXT,
  state           TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_status     INTEGER CHECK (last_status BETWEEN 100 AND 999),
  last_error      TEXT,
  next_attempt_at INTEGER,
  created_at      INTEGER NOT NULL,
  delivered_at    INTEGER,
  CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
  CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_delivery_newest ON webhook_delivery (endpoint_id, seq);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, next_attempt_at, seq) WHERE state = 'pending';
-- The first attempts of an entity's deliveries are made in their order.
CREATE INDEX webhook_delivery_first ON webhook_delivery (endpoint_id, entity_id, seq)
WHERE state = 'pending' AND attempts = 0;
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (created_at);

-- An event and its deliveries are one change. The id is a UUIDv7 (RFC 9562, section 5.7).
CREATE TRIGGER event_webhook_deliveries AFTER INSERT ON event
BEGIN
  INSERT INTO webhook_delivery
    (id, endpoint_id, event_type, entity_id, asset_id, previous_state, next_attempt_at, created_at)
  SELECT
    substr(printf('%012x', NEW.created_at / 1000), 1, 8) || '-' || substr(printf('%012x', NEW.created_at / 1000), 9)
      || '-7' || substr(lower(hex(randomblob(2))), 2) || '-' || substr('89ab', 1 + (random() & 3), 1)
      || substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6))),
    e.id, NEW.type, NEW.entity_id, NEW.asset_id,
    CASE WHEN NEW.type = 'asset.ready' THEN NEW.previous_state END, NEW.created_at, NEW.created_at
  FROM webhook_endpoint e
  WHERE e.account_id = NEW.account_id AND e.state = 'enabled'
    AND EXISTS (SELECT 1 FROM json_each(e.event_types) WHERE value = NEW.type)
  ORDER BY e.seq;
END;
