-- Other listings that have not ended, which an earlier version queued night after night: nobody needs them any more. Whoever
-- is advancing one finds its step taken. ?1: the run that is published; ?2: its step; ?3: now.
UPDATE aggregation_runs SET
  step        = step + 1,
  state       = 'failed',
  updated_at  = ?3,
  finished_at = ?3,
  error       = 'another listing has ended before'
WHERE kind = 'storage' AND id <> ?1 AND state IN ('queued', 'running')
  AND (SELECT step FROM aggregation_runs WHERE id = ?1) = ?2
