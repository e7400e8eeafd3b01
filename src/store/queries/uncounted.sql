-- Requests that are missing from the reports: what was lost, and what was shed on days that are not rebuilt yet.
-- ?1 and ?2: first and last day.
SELECT coalesce(sum(requests), 0) AS requests
FROM analytics_uncounted_daily AS uncounted
WHERE date BETWEEN ?1 AND ?2 AND (
  cause = 'lost' OR NOT EXISTS (
    SELECT 1 FROM aggregation_runs AS runs
    WHERE runs.date = uncounted.date AND runs.kind = 'aggregate' AND runs.state = 'done' AND runs.source IS NOT NULL
  )
)
