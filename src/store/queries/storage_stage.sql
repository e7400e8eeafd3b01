-- What some pages of a listing add up to, if the run stands where they were read: so every page counts once.
-- ?1: [[owner, original bytes, derived bytes, original objects, derived objects], …]; ?2: the run; ?3: its step.
INSERT INTO storage_staged (run, owner, original_bytes, derived_bytes, original_objects, derived_objects)
SELECT ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
FROM json_each(?1)
WHERE (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
ON CONFLICT DO UPDATE SET
  original_bytes   = original_bytes   + excluded.original_bytes,
  derived_bytes    = derived_bytes    + excluded.derived_bytes,
  original_objects = original_objects + excluded.original_objects,
  derived_objects  = derived_objects  + excluded.derived_objects
