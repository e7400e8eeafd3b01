-- A trigger that nobody knows. ?1: today; ?2: now; ?3: what was wrong.
INSERT INTO aggregation_runs (
  kind, date, origin, state, step, progress, created_at, updated_at, finished_at,
  attempts, busy_ms, rows, owners_changed, sampled, whole, final, error
)
VALUES ('unknown', ?1, 'cron', 'failed', 0, '{}', ?2, ?2, ?2, 0, 0, 0, 0, 0, 0, 0, ?3)
