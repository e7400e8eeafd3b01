-- What a listing has found becomes the day's snapshot, in place of an earlier one. Owners that had something, of the day
-- itself or in the snapshot before, and have nothing now, have zeros. ?1: date; ?2: the run; ?3: its step.
INSERT INTO storage_daily (date, owner, original_bytes, derived_bytes, original_objects, derived_objects)
SELECT ?1, owner, original_bytes, derived_bytes, original_objects, derived_objects
FROM storage_staged
WHERE run = ?2 AND (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
UNION ALL
SELECT DISTINCT ?1, owner, 0, 0, 0, 0
FROM storage_daily AS before
WHERE date IN (?1, (SELECT max(date) FROM storage_snapshots WHERE date < ?1))
  AND original_objects + derived_objects > 0
  AND NOT EXISTS (SELECT 1 FROM storage_staged WHERE run = ?2 AND owner = before.owner)
  AND (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
ON CONFLICT DO UPDATE SET
  original_bytes   = excluded.original_bytes,
  derived_bytes    = excluded.derived_bytes,
  original_objects = excluded.original_objects,
  derived_objects  = excluded.derived_objects
WHERE (original_bytes, derived_bytes, original_objects, derived_objects)
  IS NOT (excluded.original_bytes, excluded.derived_bytes, excluded.original_objects, excluded.derived_objects)
