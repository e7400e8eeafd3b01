-- All that an aggregator stores. Rows are overwritten, never deleted.
CREATE TABLE IF NOT EXISTS pieces (
  kind     TEXT    NOT NULL, -- journal, snapshot or published, see src/aggregator/journal.rs
  slot     INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  piece    INTEGER NOT NULL,
  pieces   INTEGER NOT NULL,
  body     BLOB    NOT NULL,
  PRIMARY KEY (kind, slot)
) WITHOUT ROWID
