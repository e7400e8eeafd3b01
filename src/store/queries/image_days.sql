-- ?1: owner; ?2: JSON array of days, so that each is one look-up in the primary key; ?3: image id.
SELECT
  date,
  sum(requests)        AS requests,
  sum(bandwidth_bytes) AS bandwidth_bytes,
  sum(cache_hits)      AS cache_hits,
  sum(cache_misses)    AS cache_misses
FROM analytics_daily
WHERE owner = ?1 AND date IN (SELECT value FROM json_each(?2)) AND image_id = ?3
GROUP BY date
