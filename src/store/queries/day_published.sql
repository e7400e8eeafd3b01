-- What is reported of some owners' day. ?1: JSON array of owners; ?2: date.
SELECT owner, run, source, error, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes
FROM analytics_days
WHERE date = ?2 AND owner IN (SELECT value FROM json_each(?1))
