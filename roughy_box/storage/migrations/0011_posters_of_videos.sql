-- An audio asset has no poster, which is known before a child looks for one.
DROP TRIGGER asset_ready_artifacts;
CREATE TRIGGER asset_ready_artifacts AFTER UPDATE OF state ON asset
WHEN NEW.state = 'ready' AND OLD.state <> 'ready'
BEGIN
  INSERT INTO artifact (id, account_id, asset_id, kind, state)
  VALUES (NEW.id || '.poster', NEW.account_id, NEW.id, 'poster', iif(NEW.type = 'audio', 'none', 'pending')),
    (NEW.id || '.waveform', NEW.account_id, NEW.id, 'waveform', 'pending');
END;
UPDATE artifact SET state = 'none'
WHERE kind = 'poster' AND state = 'pending'
  AND EXISTS (SELECT 1 FROM asset WHERE asset.id = artifact.asset_id AND asset.type = 'audio');
