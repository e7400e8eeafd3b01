-- The last run of each day that was done; the last one of all where none was. ?1 and ?2: first and last day.
SELECT * FROM aggregation_runs
WHERE id IN (
  SELECT coalesce(max(CASE state WHEN 'done' THEN id END), max(id)) FROM aggregation_runs
  WHERE kind = 'aggregate' AND date BETWEEN ?1 AND ?2
  GROUP BY date
)
