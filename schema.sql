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
  revoked_at TEXT,                      -- null while it is valid
  made_by    TEXT                       -- id of the token that it was made with; null for ADMIN_TOKEN, and before this was recorded
) WITHOUT ROWID;

-- The rows of run 0 are those of aggregators: absolute values, which only rise.
CREATE TABLE analytics_daily (
  owner           TEXT    NOT NULL,
  date            TEXT    NOT NULL,     -- YYYY-MM-DD, UTC, the day of the hit
  run             INTEGER NOT NULL,     -- 0: counted in realtime; else the aggregation run that rebuilt it
  image_id        TEXT    NOT NULL,     -- album/file, (missing) or (other)
  variant         TEXT    NOT NULL,     -- original, a derived one, or (none); where it is not told: (image), (video), (other) or (error)
  country         TEXT    NOT NULL,     -- two letters or digits, XX where unknown
  status_code     INTEGER NOT NULL,     -- 0: what a file has besides its other rows, of which neither variant, country nor status is told
  requests        INTEGER NOT NULL,
  bandwidth_bytes INTEGER NOT NULL,
  cache_hits      INTEGER NOT NULL,
  cache_misses    INTEGER NOT NULL,
  source_bytes    INTEGER NOT NULL,
  asset_type      TEXT    NOT NULL,     -- image, video or other, by the media type of the answer
  part            TEXT    NOT NULL DEFAULT '', -- of run 0: which aggregator counted it; else ''
  lack            INTEGER NOT NULL DEFAULT 0, -- the most requests that stand in other rows, since it had none yet
  errors          INTEGER AS (CASE WHEN status_code >= 400 OR (status_code = 0 AND variant = '(error)') THEN requests ELSE 0 END),
  PRIMARY KEY (owner, date, run, image_id, variant, country, status_code, part)
) WITHOUT ROWID;

-- What realtime counting had to leave out, of all owners together.
CREATE TABLE analytics_uncounted_daily (
  date            TEXT    NOT NULL,
  cause           TEXT    NOT NULL,     -- shed: the nightly job restores it; lost: nothing does
  requests        INTEGER NOT NULL,
  bandwidth_bytes INTEGER NOT NULL,
  part            TEXT    NOT NULL,     -- which aggregator reports it
  PRIMARY KEY (date, cause, part)
) WITHOUT ROWID;

CREATE TABLE analytics_meta (
  key        TEXT NOT NULL PRIMARY KEY,
  value      TEXT NOT NULL,
  updated_at TEXT NOT NULL
) WITHOUT ROWID;

-- Which rows of an owner's day are reported, and what they add up to. A day without one is reported from realtime.
CREATE TABLE analytics_days (
  date            TEXT    NOT NULL,
  owner           TEXT    NOT NULL,
  run             INTEGER NOT NULL,     -- of analytics_daily
  source          TEXT    NOT NULL,     -- realtime, engine or zone
  estimated       INTEGER NOT NULL,     -- 1: from samples, or bytes as the edge counted them
  error           INTEGER NOT NULL,     -- of requests, three standard deviations; 0 when nothing was sampled
  requests        INTEGER NOT NULL,
  bandwidth_bytes INTEGER NOT NULL,
  cache_hits      INTEGER NOT NULL,
  cache_misses    INTEGER NOT NULL,
  source_bytes    INTEGER NOT NULL,
  frozen          INTEGER NOT NULL,     -- 1: analytics_monthly keeps these sums, and the rows are being purged
  PRIMARY KEY (date, owner)
) WITHOUT ROWID;

-- Kept for ever: what is frozen, plus the days that are still there.
CREATE TABLE analytics_monthly (
  owner                  TEXT    NOT NULL,
  year_month             TEXT    NOT NULL, -- YYYY-MM
  requests               INTEGER NOT NULL,
  bandwidth_bytes        INTEGER NOT NULL,
  frozen_requests        INTEGER NOT NULL,
  frozen_bandwidth_bytes INTEGER NOT NULL,
  PRIMARY KEY (owner, year_month)
) WITHOUT ROWID;

-- Runs of the nightly job: one day rebuilt, or one purge.
CREATE TABLE aggregation_runs (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  kind              TEXT    NOT NULL,   -- aggregate, purge, storage, or unknown for a trigger that nobody knows
  date              TEXT    NOT NULL,   -- the day rebuilt or measured, or the first day that a purge keeps
  origin            TEXT    NOT NULL,   -- cron or admin
  state             TEXT    NOT NULL,   -- queued, running, done or failed
  step              INTEGER NOT NULL,   -- counts saved steps: whoever saves the next one must have seen the last
  progress          TEXT    NOT NULL,   -- JSON, see src/batch/progress.rs
  created_at        TEXT    NOT NULL,   -- RFC 3339, UTC, as all times here
  started_at        TEXT,
  updated_at        TEXT    NOT NULL,
  finished_at       TEXT,
  resume_after      TEXT,               -- a run that waits: for the day to be over, or for a rate limit
  attempts          INTEGER NOT NULL,   -- failures in a row at the current step
  busy_ms           INTEGER NOT NULL,
  source            TEXT,               -- what was read: engine, zone, or both
  rows              INTEGER NOT NULL,   -- written or deleted in analytics_daily; objects listed
  owners_changed    INTEGER NOT NULL,   -- owners that are reported from another source than before
  realtime_requests INTEGER,
  batch_requests    INTEGER,
  control_requests  INTEGER,            -- null when the control total could not be had
  drift             REAL,               -- (batch - control) / control, both by Analytics Engine's clock
  sampled           INTEGER NOT NULL,
  whole             INTEGER NOT NULL,   -- 1: every source that was asked was read to its end
  restored          INTEGER NOT NULL DEFAULT 0, -- 1: everything that Analytics Engine has of the day is reported
  final             INTEGER NOT NULL,   -- 1: the day needs no further run
  outcome           TEXT,
  error             TEXT
);

-- What a run has decided and not published yet.
CREATE TABLE aggregation_staged (
  run          INTEGER NOT NULL,
  owner        TEXT    NOT NULL,
  name         TEXT,                    -- where the source is asked by name
  reported_run INTEGER NOT NULL,        -- which rows are to be reported: 0 or this run's
  source       TEXT    NOT NULL,
  requests     INTEGER NOT NULL,        -- that were decided on: its rows may not add up to less
  error        INTEGER NOT NULL,        -- of those; of the rows, when they have been read
  dropped_run  INTEGER NOT NULL,        -- whose rows go afterwards; 0: nobody's
  unread       INTEGER NOT NULL,        -- 1: its rows have not been read yet
  variance     REAL    NOT NULL DEFAULT 0, -- of the requests in the rows that were read
  unfit        INTEGER NOT NULL DEFAULT 0, -- 1: the rows that were read go afterwards, too
  PRIMARY KEY (run, owner)
) WITHOUT ROWID;

-- What was counted of an owner's day besides analytics_daily, or what a run has read of it. Segments become rows when the day
-- closes.
CREATE TABLE analytics_segments (
  date     TEXT    NOT NULL,
  owner    TEXT    NOT NULL,
  run      INTEGER NOT NULL,            -- 0: counted in realtime; else the aggregation run that read it
  part     TEXT    NOT NULL,            -- of run 0: which aggregator has counted it; else which part of what a run has read
  requests INTEGER NOT NULL,            -- of run 0: how many it stands for; else 0
  body     TEXT    NOT NULL,            -- entries of breakdowns, see src/domain/segment.rs
  errors   TEXT    NOT NULL,            -- entries of errors
  PRIMARY KEY (date, owner, run, part)
) WITHOUT ROWID;

-- The largest values of each dimension, by requests and by bandwidth, and under (other) the rest of them.
CREATE TABLE analytics_breakdown_daily (
  date            TEXT    NOT NULL,
  owner           TEXT    NOT NULL,
  run             INTEGER NOT NULL,     -- as in analytics_daily
  dimension       TEXT    NOT NULL,     -- see src/domain/dimension.rs
  value           TEXT    NOT NULL,
  requests        INTEGER NOT NULL,
  bandwidth_bytes INTEGER NOT NULL,
  cache_hits      INTEGER NOT NULL,
  cache_misses    INTEGER NOT NULL,
  source_bytes    INTEGER NOT NULL,
  undercount      INTEGER NOT NULL,     -- of (other): the most requests that one value in it can have
  PRIMARY KEY (date, owner, run, dimension, value)
) WITHOUT ROWID;

-- Failed requests, the most frequent of each owner's day.
CREATE TABLE analytics_errors_daily (
  date          TEXT    NOT NULL,
  owner         TEXT    NOT NULL,
  run           INTEGER NOT NULL,       -- as in analytics_daily
  status_code   INTEGER NOT NULL,
  reason        TEXT    NOT NULL,       -- see src/domain/failure.rs
  path          TEXT    NOT NULL,       -- as it was asked for, without its query
  referrer_host TEXT    NOT NULL,
  requests      INTEGER NOT NULL,
  first_seen    INTEGER NOT NULL,       -- seconds since 1970, UTC
  last_seen     INTEGER NOT NULL,
  PRIMARY KEY (date, owner, run, status_code, reason, path, referrer_host)
) WITHOUT ROWID;

-- Storage in R2: a snapshot a day, never summed over days.

-- What an owner had. Without a row it had nothing, if the day has a snapshot.
CREATE TABLE storage_daily (
  date             TEXT    NOT NULL,    -- YYYY-MM-DD, UTC, the day on which the listing began
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

-- Metering: work that is done elsewhere and reported here.

-- The keys of events, as long as one could be sent again: so each counts once.
CREATE TABLE usage_events (
  owner           TEXT    NOT NULL,
  idempotency_key TEXT    NOT NULL,     -- the client's
  metric          TEXT    NOT NULL,     -- see src/domain/metering/metric.rs
  quantity        INTEGER NOT NULL,     -- milliseconds of video, or operations
  date            TEXT    NOT NULL,     -- YYYY-MM-DD, UTC, the day that it counts for
  received_on     TEXT    NOT NULL,     -- the day that it came on
  PRIMARY KEY (owner, idempotency_key)
) WITHOUT ROWID;

-- Without it, a purge reads every event.
CREATE INDEX usage_events_received_on ON usage_events (received_on);

-- What events add up to. Kept for ever: at most 31 rows for an owner's day, and mostly none.
CREATE TABLE usage_daily (
  owner    TEXT    NOT NULL,
  date     TEXT    NOT NULL,
  metric   TEXT    NOT NULL,
  quantity INTEGER NOT NULL,
  PRIMARY KEY (owner, date, metric)
) WITHOUT ROWID;

-- The dashboard's sessions. One is valid only while what it was begun with is.
CREATE TABLE sessions (
  secret_hash TEXT NOT NULL PRIMARY KEY, -- SHA-256 in hexadecimal digits; the secret itself is in a browser's cookie
  token_hash  TEXT,                      -- of the token that it was begun with; null for the operator's
  admin_proof TEXT,                      -- what shows that ADMIN_TOKEN is still the same, see src/domain/session.rs; else null
  created_at  TEXT NOT NULL,             -- RFC 3339, UTC
  expires_at  TEXT NOT NULL
) WITHOUT ROWID;

-- Without it, looking for the sessions of one token reads those of all.
CREATE INDEX sessions_token_hash ON sessions (token_hash, created_at);
