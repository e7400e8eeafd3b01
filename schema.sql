-- The schema that the migrations make, to read in one place; tests/sql.rs compares the two.

CREATE TABLE owners (
  owner      TEXT NOT NULL PRIMARY KEY, -- 32 hexadecimal digits, see src/domain/owner.rs
  name       TEXT NOT NULL,
  created_at TEXT NOT NULL              -- RFC 3339, UTC
) WITHOUT ROWID;

CREATE TABLE api_tokens (
  token_hash TEXT NOT NULL PRIMARY KEY, -- SHA-256 in hexadecimal digits; the token itself is not stored
  id         TEXT NOT NULL,
  owner      TEXT NOT NULL,
  scopes     TEXT NOT NULL,             -- JSON array of read, write, admin
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT                       -- null while it is valid
) WITHOUT ROWID;

-- Realtime counters: only ever added to, by flushes that count exactly once.
CREATE TABLE analytics_daily (
  owner           TEXT    NOT NULL,
  date            TEXT    NOT NULL,     -- YYYY-MM-DD, UTC, the day of the hit
  image_id        TEXT    NOT NULL,     -- album/file, (missing) or (other)
  variant         TEXT    NOT NULL,     -- original, a derived one, (none) or (other)
  country         TEXT    NOT NULL,     -- two letters or digits, XX where unknown
  status_code     INTEGER NOT NULL,
  requests        INTEGER NOT NULL,
  bandwidth_bytes INTEGER NOT NULL,
  cache_hits      INTEGER NOT NULL,
  cache_misses    INTEGER NOT NULL,
  source_bytes    INTEGER NOT NULL,
  PRIMARY KEY (owner, date, image_id, variant, country, status_code)
) WITHOUT ROWID;

-- Flushes that were applied. Ids begin with their time, see src/domain/flush.rs.
CREATE TABLE applied_flushes (
  id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

-- What realtime counting had to leave out, of all owners together.
CREATE TABLE analytics_uncounted_daily (
  date            TEXT    NOT NULL,
  cause           TEXT    NOT NULL,     -- shed: the nightly job restores it; lost: nothing does
  requests        INTEGER NOT NULL,
  bandwidth_bytes INTEGER NOT NULL,
  PRIMARY KEY (date, cause)
) WITHOUT ROWID;

CREATE TABLE analytics_meta (
  key        TEXT NOT NULL PRIMARY KEY,
  value      TEXT NOT NULL,
  updated_at TEXT NOT NULL
) WITHOUT ROWID;
