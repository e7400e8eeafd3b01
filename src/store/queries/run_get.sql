SELECT * FROM aggregation_runs WHERE id = ?1
