-- What the bytes of an asset were when they were whole and good, so that decay can be told later.
-- Written once, in the background; null until then.
ALTER TABLE asset ADD COLUMN sha256 TEXT
  CHECK (sha256 IS NULL OR (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'));
CREATE INDEX asset_without_sha256 ON asset (seq) WHERE sha256 IS NULL AND state IN ('pending_payment', 'ready');
CREATE TRIGGER asset_sha256_stays BEFORE UPDATE OF sha256 ON asset
WHEN OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256
BEGIN SELECT RAISE (ABORT, 'the sha256 of an asset never changes'); END;
