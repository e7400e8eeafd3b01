-- The last runs, latest first. ?1: how many.
SELECT * FROM aggregation_runs ORDER BY id DESC LIMIT ?1
