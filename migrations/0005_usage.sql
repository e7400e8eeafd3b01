-- Work that is metered: video processing and extensions, reported by who does it.

CREATE TABLE usage_events (
  owner           TEXT    NOT NULL,
  idempotency_key TEXT    NOT NULL,
  metric          TEXT    NOT NULL,
  quantity        INTEGER NOT NULL,
  date            TEXT    NOT NULL,
  received_on     TEXT    NOT NULL,
  PRIMARY KEY (owner, idempotency_key)
) WITHOUT ROWID;

CREATE INDEX usage_events_received_on ON usage_events (received_on);

CREATE TABLE usage_daily (
  owner    TEXT    NOT NULL,
  date     TEXT    NOT NULL,
  metric   TEXT    NOT NULL,
  quantity INTEGER NOT NULL,
  PRIMARY KEY (owner, date, metric)
) WITHOUT ROWID;
