-- What a listing has staged, and what others have left behind that have ended. ?1: the run; ?2: its step.
DELETE FROM storage_staged
WHERE run IN (
  SELECT id FROM aggregation_runs WHERE kind = 'storage' AND (id = ?1 OR state IN ('done', 'failed'))
) AND (SELECT step FROM aggregation_runs WHERE id = ?1) = ?2
