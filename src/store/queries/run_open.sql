SELECT * FROM aggregation_runs WHERE kind = ?1 AND date = ?2 AND state IN ('queued', 'running')
