-- Who had most in the last snapshot, by name where it is known. ?1: how many; ?2: an owner to be left out.
SELECT
  coalesce(owners.name, daily.owner) AS value,
  original_bytes, derived_bytes, original_objects, derived_objects
FROM storage_daily AS daily
LEFT JOIN owners ON owners.owner = daily.owner
WHERE date = (SELECT max(date) FROM storage_snapshots) AND daily.owner <> ?2
ORDER BY original_bytes + derived_bytes DESC, original_objects + derived_objects DESC, value
LIMIT ?1
