-- Requests that are missing from the reports: what was lost, and what was shed on days that are not rebuilt yet.
-- ?1 and ?2: first and last day.
SELECT coalesce(sum(requests), 0) AS requests
FROM analytics_uncounted_daily
WHERE date BETWEEN ?1 AND ?2 AND (
  cause = 'lost' OR date NOT IN (
    SELECT date FROM aggregation_runs
    WHERE kind = 'aggregate' AND state = 'done' AND source LIKE '%engine%' AND date BETWEEN ?1 AND ?2
  )
)
