-- What an owner had in each snapshot of a range, and in the last one of all; oldest first.
-- ?1: owner; ?2 and ?3: first and last day.
SELECT
  snapshots.date,
  coalesce(daily.original_bytes, 0)   AS original_bytes,
  coalesce(daily.derived_bytes, 0)    AS derived_bytes,
  coalesce(daily.original_objects, 0) AS original_objects,
  coalesce(daily.derived_objects, 0)  AS derived_objects
FROM storage_snapshots AS snapshots
LEFT JOIN storage_daily AS daily ON daily.date = snapshots.date AND daily.owner = ?1
WHERE snapshots.date BETWEEN ?2 AND ?3 OR snapshots.date = (SELECT max(date) FROM storage_snapshots)
ORDER BY snapshots.date
