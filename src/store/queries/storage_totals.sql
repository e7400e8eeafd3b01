-- What all owners had together in each snapshot of a range, and in the last one of all; oldest first.
-- ?1 and ?2: first and last day.
SELECT date, original_bytes, derived_bytes, original_objects, derived_objects
FROM storage_snapshots AS snapshots
WHERE date BETWEEN ?1 AND ?2 OR date = (SELECT max(date) FROM storage_snapshots)
ORDER BY date
