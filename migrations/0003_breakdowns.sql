-- Breakdowns and errors by day. What is counted in realtime stands in segments until its day closes.

ALTER TABLE analytics_daily ADD COLUMN asset_type TEXT NOT NULL DEFAULT 'image';

-- What was counted of an owner's day besides analytics_daily, or what a run has read of it. An isolate numbers its flushes,
-- and a segment says which was its last: so each counts once. Segments become rows when the day closes.
CREATE TABLE analytics_segments (
  date    TEXT    NOT NULL,
  owner   TEXT    NOT NULL,
  run     INTEGER NOT NULL,             -- 0: counted in realtime; else the aggregation run that read it
  part    TEXT    NOT NULL,             -- which part of what a run has read; else ''
  flushes TEXT    NOT NULL,             -- JSON: the last flush of each isolate that has counted here
  body    TEXT    NOT NULL,             -- entries of breakdowns, see src/domain/segment.rs
  merged  INTEGER,                      -- length of the body when it was added up; null: that is its length
  errors  TEXT    NOT NULL,             -- entries of errors
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

-- What was counted before, all of it taken for images: totals at once, and the rest of what analytics_daily tells when the
-- days close.
INSERT INTO analytics_segments (date, owner, run, part, flushes, body, errors)
SELECT date, owner, run, '', '{}', group_concat(entry), ''
FROM (
  SELECT date, owner, run, json_array(
    'status', CAST(status_code AS TEXT), sum(requests), sum(bandwidth_bytes), sum(cache_hits), sum(cache_misses),
    sum(source_bytes)
  ) AS entry
  FROM analytics_daily
  GROUP BY date, owner, run, status_code
  UNION ALL
  SELECT date, owner, run, json_array(
    'asset_type', 'image', sum(requests), sum(bandwidth_bytes), sum(cache_hits), sum(cache_misses), sum(source_bytes)
  )
  FROM analytics_daily
  GROUP BY date, owner, run
)
GROUP BY date, owner, run;

DROP TABLE applied_flushes;
