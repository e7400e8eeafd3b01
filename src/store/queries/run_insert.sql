-- One run of a kind and day at a time, and one listing of the bucket at a time, whatever its day: an unfinished one is found
-- by run_open.
-- ?1: kind; ?2: JSON array of days; ?3: origin; ?4: now; ?5: when they may start, or null.
INSERT INTO aggregation_runs (
  kind, date, origin, state, step, progress, created_at, updated_at, resume_after,
  attempts, busy_ms, rows, owners_changed, sampled, whole, restored, final
)
SELECT ?1, days.value, ?3, 'queued', 0, '{}', ?4, ?4, ?5, 0, 0, 0, 0, 0, 0, 0, 0
FROM json_each(?2) AS days
WHERE NOT EXISTS (
  SELECT 1 FROM aggregation_runs
  WHERE kind = ?1 AND (date = days.value OR kind = 'storage') AND state IN ('queued', 'running')
)
ORDER BY days.value
