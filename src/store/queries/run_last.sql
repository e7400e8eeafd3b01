-- The last run of a kind that has ended. ?1: kind.
SELECT * FROM aggregation_runs WHERE kind = ?1 AND state IN ('done', 'failed') ORDER BY id DESC LIMIT 1
