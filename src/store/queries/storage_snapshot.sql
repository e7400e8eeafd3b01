-- That the day has a snapshot, and what its rows add up to. ?1: date; ?2: the run; ?3: its step; ?4: now.
INSERT INTO storage_snapshots (
  date, run, measured_at, original_bytes, derived_bytes, original_objects, derived_objects
)
SELECT
  ?1, ?2, ?4,
  coalesce(sum(original_bytes), 0), coalesce(sum(derived_bytes), 0),
  coalesce(sum(original_objects), 0), coalesce(sum(derived_objects), 0)
FROM storage_daily
WHERE date = ?1
HAVING (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
ON CONFLICT DO UPDATE SET
  run              = excluded.run,
  measured_at      = excluded.measured_at,
  original_bytes   = excluded.original_bytes,
  derived_bytes    = excluded.derived_bytes,
  original_objects = excluded.original_objects,
  derived_objects  = excluded.derived_objects
