-- What stands in R2: a snapshot a day, never summed over days.

-- What an owner had. Without a row it had nothing, if the day has a snapshot.
CREATE TABLE storage_daily (
  date             TEXT    NOT NULL,    -- YYYY-MM-DD, UTC, the day on which the listing was due
  owner            TEXT    NOT NULL,    -- objects that are nobody's are the reserved owner's
  original_bytes   INTEGER NOT NULL,
  derived_bytes    INTEGER NOT NULL,
  original_objects INTEGER NOT NULL,
  derived_objects  INTEGER NOT NULL,
  PRIMARY KEY (date, owner)
) WITHOUT ROWID;

-- That there is a snapshot, and what all owners had together.
CREATE TABLE storage_snapshots (
  date             TEXT    NOT NULL PRIMARY KEY,
  run              INTEGER NOT NULL,    -- that has published it
  measured_at      TEXT    NOT NULL,    -- RFC 3339, UTC: when the listing ended
  original_bytes   INTEGER NOT NULL,
  derived_bytes    INTEGER NOT NULL,
  original_objects INTEGER NOT NULL,
  derived_objects  INTEGER NOT NULL
) WITHOUT ROWID;

-- What a listing has found so far.
CREATE TABLE storage_staged (
  run              INTEGER NOT NULL,
  owner            TEXT    NOT NULL,
  original_bytes   INTEGER NOT NULL,
  derived_bytes    INTEGER NOT NULL,
  original_objects INTEGER NOT NULL,
  derived_objects  INTEGER NOT NULL,
  PRIMARY KEY (run, owner)
) WITHOUT ROWID;
