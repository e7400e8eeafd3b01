-- These owners' rows are complete. ?1: JSON array of owners; ?2: the run; ?3: its step.
UPDATE aggregation_staged SET unread = 0
WHERE run = ?2 AND owner IN (SELECT value FROM json_each(?1))
  AND (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
