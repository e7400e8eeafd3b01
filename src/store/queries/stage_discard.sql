-- What a run has decided from a source that turned out incomplete is dropped, rows and all.
-- ?1: the run; ?2: its step; ?3: the source.
UPDATE aggregation_staged SET dropped_run = ?1
WHERE run = ?1 AND source = ?3 AND (SELECT step FROM aggregation_runs WHERE id = ?1) = ?2
