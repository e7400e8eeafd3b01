-- One run of a kind and day at a time: an unfinished one is found by run_open.
-- ?1: kind; ?2: date; ?3: origin; ?4: now; ?5: when it may start, or null.
INSERT INTO aggregation_runs (
  kind, date, origin, state, step, progress, created_at, updated_at, resume_after,
  attempts, busy_ms, rows, owners_changed, sampled, final
)
SELECT ?1, ?2, ?3, 'queued', 0, '{}', ?4, ?4, ?5, 0, 0, 0, 0, 0, 0
WHERE NOT EXISTS (
  SELECT 1 FROM aggregation_runs WHERE kind = ?1 AND date = ?2 AND state IN ('queued', 'running')
)
