-- Of days that were let go, some at a time. ?1: the first day to keep; ?2: how many.
DELETE FROM analytics_errors_daily
WHERE (date, owner, run, status_code, reason, path, referrer_host) IN (
  SELECT date, owner, run, status_code, reason, path, referrer_host FROM analytics_errors_daily
  WHERE date < ?1 AND date < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
  LIMIT ?2
)
