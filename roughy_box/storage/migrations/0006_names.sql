-- The name of the file an asset came from, null if the client sent none. `name_folded` is what a search compares:
-- composed (NFC) and folded by the program, because SQLite knows the case of ASCII letters only.
ALTER TABLE asset ADD COLUMN name TEXT CHECK (
  length(name) BETWEEN 1 AND 255 AND name = trim(name) AND instr(name, char(0)) = 0
  -- 45 is the hyphen: U+0001 to U+001F, U+007F to U+009F.
  AND name NOT GLOB '*[' || char(1, 45, 31, 127, 45, 159) || '/\]*');
ALTER TABLE asset ADD COLUMN name_folded TEXT CHECK ((name_folded IS NULL) = (name IS NULL));
CREATE TRIGGER asset_name_stays BEFORE UPDATE OF name, name_folded ON asset
WHEN NEW.name IS NOT OLD.name OR NEW.name_folded IS NOT OLD.name_folded
BEGIN SELECT RAISE (ABORT, 'the name of an asset never changes'); END;

-- Has everything that a search looks at, so that it reads no row of the table.
CREATE INDEX asset_by_name ON asset (account_id, seq, project_id, state, name_folded) WHERE name_folded IS NOT NULL;
