-- What the rows add up to that a run has read of a source, owner by owner, and what was decided on.
-- ?1: the run; ?2: the source; ?3: date; ?4: after this owner; ?5: how many.
SELECT
  chosen.owner, chosen.name, chosen.decided, chosen.decided_error, chosen.variance,
  coalesce(sum(rows.requests), 0)                    AS requests,
  min(total(rows.bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
  coalesce(sum(rows.cache_hits), 0)                  AS cache_hits,
  coalesce(sum(rows.cache_misses), 0)                AS cache_misses,
  min(total(rows.source_bytes), 9007199254740991)    AS source_bytes
FROM (
  SELECT owner, name, requests AS decided, error AS decided_error, variance
  FROM aggregation_staged
  WHERE run = ?1 AND reported_run = ?1 AND source = ?2 AND owner > ?4
  ORDER BY owner
  LIMIT ?5
) AS chosen
LEFT JOIN analytics_daily AS rows ON rows.owner = chosen.owner AND rows.date = ?3 AND rows.run = ?1
GROUP BY chosen.owner
ORDER BY chosen.owner
