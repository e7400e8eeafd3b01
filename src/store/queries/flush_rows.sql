-- The rows of a flush that was not applied before.
-- ?1: the rows as src/domain/flush.rs encodes them; ?2, ?3 and ?4: a segment of the flush, by date, owner and isolate;
-- ?5: the flush.
INSERT INTO analytics_daily (
  owner, date, run, image_id, variant, country, status_code,
  requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type
)
SELECT
  value ->> 0, value ->> 1, 0, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
  value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1 FROM analytics_segments WHERE date = ?2 AND owner = ?3 AND run = 0 AND isolate = ?4 AND flush >= ?5
)
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = bandwidth_bytes + excluded.bandwidth_bytes,
  cache_hits      = cache_hits      + excluded.cache_hits,
  cache_misses    = cache_misses    + excluded.cache_misses,
  source_bytes    = source_bytes    + excluded.source_bytes,
  asset_type      = excluded.asset_type
