-- A page of a run's rows, if the run stands where the page was read: so every page counts once, and parts of a row
-- add up. Nobody sees them before publish_days.
-- ?1: the rows as src/domain/row_key.rs encodes them; ?2: the run; ?3: its step.
INSERT INTO analytics_daily (
  owner, date, run, image_id, variant, country, status_code,
  requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type
)
SELECT
  value ->> 0, value ->> 1, ?2, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
  value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
FROM json_each(?1)
WHERE (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = min(bandwidth_bytes + excluded.bandwidth_bytes, 9007199254740991),
  cache_hits      = cache_hits      + excluded.cache_hits,
  cache_misses    = cache_misses    + excluded.cache_misses,
  source_bytes    = min(source_bytes + excluded.source_bytes, 9007199254740991),
  asset_type      = max(asset_type, excluded.asset_type)
