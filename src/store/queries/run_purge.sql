-- ?1: the first day to keep.
DELETE FROM aggregation_runs WHERE date < ?1 AND state IN ('done', 'failed')
