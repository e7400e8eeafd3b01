-- The last snapshot of a day or before: of an owner, or without one of all together. ?1: owner or null; ?2: the day.
SELECT
  snapshots.date,
  CASE WHEN ?1 IS NULL THEN snapshots.original_bytes   ELSE coalesce(daily.original_bytes, 0)   END AS original_bytes,
  CASE WHEN ?1 IS NULL THEN snapshots.derived_bytes    ELSE coalesce(daily.derived_bytes, 0)    END AS derived_bytes,
  CASE WHEN ?1 IS NULL THEN snapshots.original_objects ELSE coalesce(daily.original_objects, 0) END AS original_objects,
  CASE WHEN ?1 IS NULL THEN snapshots.derived_objects  ELSE coalesce(daily.derived_objects, 0)  END AS derived_objects
FROM storage_snapshots AS snapshots
LEFT JOIN storage_daily AS daily ON daily.date = snapshots.date AND daily.owner = ?1
WHERE snapshots.date <= ?2
ORDER BY snapshots.date DESC
LIMIT 1
