-- What realtime counting left out, and whether a run has restored it. ?1 and ?2: first and last day.
SELECT
  cause,
  requests,
  date IN (
    SELECT date FROM aggregation_runs
    WHERE kind = 'aggregate' AND state = 'done' AND source LIKE '%engine%' AND date BETWEEN ?1 AND ?2
  ) AS restored
FROM analytics_uncounted_daily
WHERE date BETWEEN ?1 AND ?2
