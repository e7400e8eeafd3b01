-- Rows of open days as an aggregator has counted them so far: absolute values, which only rise. A row is replaced, as a whole,
-- only by one with more requests; so a write that is late or repeated changes nothing.
-- ?1: [[owner, date, image_id, variant, country, status, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes,
-- asset_type, lack], …]; ?2: which aggregator.
INSERT INTO analytics_daily (
  owner, date, run, image_id, variant, country, status_code,
  requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type, part, lack
)
SELECT
  value ->> 0, value ->> 1, 0, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
  value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, ?2, value ->> 12
FROM json_each(?1)
WHERE true
ON CONFLICT DO UPDATE SET
  requests        = excluded.requests,
  bandwidth_bytes = excluded.bandwidth_bytes,
  cache_hits      = excluded.cache_hits,
  cache_misses    = excluded.cache_misses,
  source_bytes    = excluded.source_bytes,
  asset_type      = excluded.asset_type
WHERE excluded.requests > requests
