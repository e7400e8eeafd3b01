-- What realtime counting has of some owners' day. ?1: JSON array of owners; ?2: date.
SELECT
  owner,
  sum(requests)             AS requests,
  min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
  sum(cache_hits)           AS cache_hits,
  sum(cache_misses)         AS cache_misses,
  min(total(source_bytes), 9007199254740991) AS source_bytes
FROM analytics_daily
WHERE owner IN (SELECT value FROM json_each(?1)) AND date = ?2 AND run = 0
GROUP BY owner
