-- ?1: JSON array of owners; ?2 and ?3: first and last day.
SELECT
  date,
  sum(requests)        AS requests,
  sum(bandwidth_bytes) AS bandwidth_bytes,
  sum(cache_hits)      AS cache_hits,
  sum(cache_misses)    AS cache_misses
FROM analytics_daily
WHERE owner IN (SELECT value FROM json_each(?1)) AND date BETWEEN ?2 AND ?3
GROUP BY date
