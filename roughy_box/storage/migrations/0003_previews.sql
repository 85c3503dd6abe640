-- What was drawn of a ready asset, so that it can be seen before it is opened.
-- `previewed_at` is null until it was tried; media without a picture or a sound has none to show.
ALTER TABLE asset ADD COLUMN has_poster INTEGER NOT NULL DEFAULT 0 CHECK (has_poster IN (0, 1));
ALTER TABLE asset ADD COLUMN has_waveform INTEGER NOT NULL DEFAULT 0 CHECK (has_waveform IN (0, 1));
ALTER TABLE asset ADD COLUMN previewed_at INTEGER;
CREATE INDEX asset_without_preview ON asset (seq) WHERE previewed_at IS NULL AND state = 'ready';
