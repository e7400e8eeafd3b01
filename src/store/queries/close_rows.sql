-- Closes those dimensions of some owners' day that its rows tell, from the complete rows: the largest values by requests
-- and by bandwidth are kept, the rest is (other), and so is what a row of (other) images says of variant and country. Only
-- of owners whose segments are still there: those are deleted in the same batch.
-- ?1: date; ?2: JSON array of owners; ?3: run; ?4: JSON array of dimensions: asset_type, image (with video and other), and where
-- every row tells them, variant, country and status; ?5: how many values of each are kept, by each order.
WITH closing AS (
  SELECT owners.value AS owner
  FROM json_each(?2) AS owners
  WHERE EXISTS (
    SELECT 1 FROM analytics_segments AS segments
    WHERE segments.date = ?1 AND segments.owner = owners.value AND segments.run = ?3
  )
),
sums AS (
  SELECT
    rows.owner                                           AS owner,
    CASE dimensions.value WHEN 'image' THEN asset_type ELSE dimensions.value END AS dimension,
    CASE dimensions.value
      WHEN 'image'   THEN image_id
      WHEN 'variant' THEN iif(image_id = '(other)', image_id, variant)
      WHEN 'country' THEN iif(image_id = '(other)', image_id, country)
      WHEN 'status'  THEN CAST(status_code AS TEXT)
      ELSE asset_type
    END                                                  AS value,
    sum(requests)                                        AS requests,
    total(bandwidth_bytes)                               AS bandwidth_bytes,
    sum(cache_hits)                                      AS cache_hits,
    sum(cache_misses)                                    AS cache_misses,
    total(source_bytes)                                  AS source_bytes
  FROM closing
  CROSS JOIN analytics_daily AS rows ON rows.owner = closing.owner AND rows.date = ?1 AND rows.run = ?3
  CROSS JOIN json_each(?4) AS dimensions
  GROUP BY 1, 2, 3
),
ranked AS (
  SELECT
    *,
    value <> '(other)' AND (
      row_number() OVER (PARTITION BY owner, dimension ORDER BY value = '(other)', requests DESC, value) <= ?5
      OR row_number() OVER (PARTITION BY owner, dimension ORDER BY value = '(other)', bandwidth_bytes DESC, value) <= ?5
    ) AS is_kept
  FROM sums
)
INSERT INTO analytics_breakdown_daily (
  date, owner, run, dimension, value,
  requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, undercount
)
SELECT
  ?1, owner, ?3, dimension, CASE WHEN is_kept THEN value ELSE '(other)' END,
  sum(requests), min(total(bandwidth_bytes), 9007199254740991), sum(cache_hits), sum(cache_misses), min(total(source_bytes), 9007199254740991),
  CASE
    WHEN is_kept THEN 0
    ELSE max(CASE WHEN value = '(other)' THEN 0 ELSE requests END) + sum(CASE WHEN value = '(other)' THEN requests ELSE 0 END)
  END
FROM ranked
GROUP BY owner, dimension, CASE WHEN is_kept THEN value ELSE '(other)' END
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = min(bandwidth_bytes + excluded.bandwidth_bytes, 9007199254740991),
  cache_hits      = cache_hits      + excluded.cache_hits,
  cache_misses    = cache_misses    + excluded.cache_misses,
  source_bytes    = min(source_bytes + excluded.source_bytes, 9007199254740991),
  undercount      = undercount      + excluded.undercount
