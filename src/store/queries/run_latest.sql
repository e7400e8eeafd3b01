-- The last run of each day. ?1 and ?2: first and last day.
SELECT * FROM aggregation_runs
WHERE id IN (
  SELECT max(id) FROM aggregation_runs
  WHERE kind = 'aggregate' AND date BETWEEN ?1 AND ?2
  GROUP BY date
)
