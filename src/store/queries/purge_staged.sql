-- What runs had decided on a day that is going. ?1: date.
DELETE FROM aggregation_staged
WHERE run IN (SELECT id FROM aggregation_runs WHERE kind = 'aggregate' AND date <= ?1 AND state = 'failed')
  AND ?1 < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
