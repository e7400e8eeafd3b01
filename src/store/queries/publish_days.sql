-- What is reported of a day, and what it adds up to: the rows that a run has decided on, else those that were reported
-- before, else realtime's. An owner of whom nothing has changed is not written, and no day that was purged.
-- ?1: date; ?2: the run; ?3: its step; ?4: the run whose decisions count, 0 for nobody's.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM analytics_daily
  UNION ALL
  SELECT (SELECT min(owner) FROM analytics_daily WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
),
chosen AS (
  SELECT
    found.owner,
    coalesce(staged.reported_run, reported.run, 0)          AS run,
    coalesce(staged.source, reported.source, 'realtime')    AS source,
    coalesce(staged.error, reported.error, 0)               AS error
  FROM found
  LEFT JOIN aggregation_staged AS staged ON staged.run = ?4 AND staged.owner = found.owner
  LEFT JOIN analytics_days AS reported ON reported.date = ?1 AND reported.owner = found.owner
  WHERE found.owner IS NOT NULL
)
INSERT INTO analytics_days (
  date, owner, run, source, estimated, error,
  requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, frozen
)
SELECT
  ?1, chosen.owner, chosen.run, chosen.source, chosen.error > 0 OR chosen.source = 'zone', chosen.error,
  sum(requests), min(total(bandwidth_bytes), 9007199254740991), sum(cache_hits), sum(cache_misses),
  min(total(source_bytes), 9007199254740991), 0
FROM chosen
CROSS JOIN analytics_daily AS rows ON rows.owner = chosen.owner AND rows.date = ?1 AND rows.run = chosen.run
WHERE (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
  AND ?1 >= coalesce((SELECT value FROM analytics_meta WHERE key = 'purged_before'), '')
GROUP BY chosen.owner
ON CONFLICT DO UPDATE SET
  run             = excluded.run,
  source          = excluded.source,
  estimated       = excluded.estimated,
  error           = excluded.error,
  requests        = excluded.requests,
  bandwidth_bytes = excluded.bandwidth_bytes,
  cache_hits      = excluded.cache_hits,
  cache_misses    = excluded.cache_misses,
  source_bytes    = excluded.source_bytes
WHERE frozen = 0 AND (
  run, source, error, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes
) IS NOT (
  excluded.run, excluded.source, excluded.error, excluded.requests, excluded.bandwidth_bytes, excluded.cache_hits,
  excluded.cache_misses, excluded.source_bytes
)
