-- Runs that would rebuild a day that is going: nothing that they publish could be shown. Whoever is advancing one finds its
-- step taken. ?1: date; ?2: now.
UPDATE aggregation_runs SET
  step        = step + 1,
  state       = 'failed',
  updated_at  = ?2,
  finished_at = ?2,
  error       = 'the day is older than the retention and was purged'
WHERE kind = 'aggregate' AND date <= ?1 AND state IN ('queued', 'running')
  AND date < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
