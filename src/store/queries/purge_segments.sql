-- Of days that were let go, some at a time. ?1: the first day to keep; ?2: how many.
DELETE FROM analytics_segments
WHERE (date, owner, run, part) IN (
  SELECT date, owner, run, part FROM analytics_segments
  WHERE date < ?1 AND date < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
  LIMIT ?2
)
