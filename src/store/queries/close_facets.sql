-- Closes the dimensions that analytics_daily does not tell, from the segments of some owners' day. What these lack to the
-- owner's total is (other). After close_rows, which tells the total.
-- ?1: date; ?2: JSON array of owners; ?3: run; ?4: JSON array of the dimensions that everybody has; ?5: as in close_rows.
WITH closing AS (
  SELECT owners.value AS owner
  FROM json_each(?2) AS owners
  WHERE EXISTS (
    SELECT 1 FROM analytics_segments AS segments
    WHERE segments.date = ?1 AND segments.owner = owners.value AND segments.run = ?3
  )
),
entries AS (
  SELECT
    segments.owner         AS owner,
    entry.value ->> 0      AS dimension,
    entry.value ->> 1      AS value,
    sum(entry.value ->> 2) AS requests,
    sum(entry.value ->> 3) AS bandwidth_bytes,
    sum(entry.value ->> 4) AS cache_hits,
    sum(entry.value ->> 5) AS cache_misses,
    sum(entry.value ->> 6) AS source_bytes
  FROM closing
  CROSS JOIN analytics_segments AS segments
    ON segments.date = ?1 AND segments.owner = closing.owner AND segments.run = ?3
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 NOT IN ('image', 'video', 'other', 'variant', 'country', 'status', 'asset_type')
  GROUP BY 1, 2, 3
),
dimensions AS (
  SELECT closing.owner AS owner, names.value AS dimension FROM closing CROSS JOIN json_each(?4) AS names
  UNION
  SELECT owner, dimension FROM entries
),
known AS (
  SELECT
    owner, dimension,
    sum(requests)        AS requests,
    sum(bandwidth_bytes) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    sum(source_bytes)    AS source_bytes
  FROM entries
  GROUP BY 1, 2
),
sums AS (
  SELECT * FROM entries
  UNION ALL
  SELECT
    dimensions.owner, dimensions.dimension, '(other)',
    sum(total.requests)        - coalesce(max(known.requests), 0),
    sum(total.bandwidth_bytes) - coalesce(max(known.bandwidth_bytes), 0),
    sum(total.cache_hits)      - coalesce(max(known.cache_hits), 0),
    sum(total.cache_misses)    - coalesce(max(known.cache_misses), 0),
    sum(total.source_bytes)    - coalesce(max(known.source_bytes), 0)
  FROM dimensions
  CROSS JOIN analytics_breakdown_daily AS total
    ON total.date = ?1 AND total.owner = dimensions.owner AND total.run = ?3 AND total.dimension = 'asset_type'
  LEFT JOIN known ON known.owner = dimensions.owner AND known.dimension = dimensions.dimension
  GROUP BY 1, 2
  HAVING sum(total.requests) > coalesce(max(known.requests), 0)
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
  sum(requests), sum(bandwidth_bytes), sum(cache_hits), sum(cache_misses), sum(source_bytes),
  CASE
    WHEN is_kept THEN 0
    ELSE max(CASE WHEN value = '(other)' THEN 0 ELSE requests END) + sum(CASE WHEN value = '(other)' THEN requests ELSE 0 END)
  END
FROM ranked
GROUP BY owner, dimension, CASE WHEN is_kept THEN value ELSE '(other)' END
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = bandwidth_bytes + excluded.bandwidth_bytes,
  cache_hits      = cache_hits      + excluded.cache_hits,
  cache_misses    = cache_misses    + excluded.cache_misses,
  source_bytes    = source_bytes    + excluded.source_bytes,
  undercount      = undercount      + excluded.undercount
