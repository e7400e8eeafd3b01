-- What is reported of some owners' day. ?1: JSON array of owners; ?2: date.
SELECT
  owner, run, source, error, requests,
  min(bandwidth_bytes, 9007199254740991) AS bandwidth_bytes,
  cache_hits, cache_misses,
  min(source_bytes, 9007199254740991)    AS source_bytes
FROM analytics_days
WHERE date = ?2 AND owner IN (SELECT value FROM json_each(?1))
