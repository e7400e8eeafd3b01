-- The rows of a flush, unless this one or a later one is in one of its segments: all of a flush counts, or nothing.
-- ?1: the rows as src/domain/row_key.rs encodes them; ?2: [[date, owner], …] of all its segments; ?3: the isolate; ?4: the
-- flush.
INSERT INTO analytics_daily (
  owner, date, run, image_id, variant, country, status_code,
  requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type
)
SELECT
  value ->> 0, value ->> 1, 0, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
  value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1
  FROM json_each(?2) AS days
  CROSS JOIN analytics_segments AS counted
    ON counted.date = days.value ->> 0 AND counted.owner = days.value ->> 1 AND counted.run = 0 AND counted.part = ''
  WHERE counted.flushes ->> ('$.' || ?3) >= ?4
)
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = min(bandwidth_bytes + excluded.bandwidth_bytes, 9007199254740991),
  cache_hits      = cache_hits      + excluded.cache_hits,
  cache_misses    = cache_misses    + excluded.cache_misses,
  source_bytes    = min(source_bytes + excluded.source_bytes, 9007199254740991),
  asset_type      = max(asset_type, excluded.asset_type)
