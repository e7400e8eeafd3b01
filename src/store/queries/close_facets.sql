-- Closes the dimensions that close_rows does not, from the segments of some owners' day. What these lack to the
-- owner's total is (other). After close_rows, which tells the total. A source that was asked for rows and for this at
-- different times, or from different samples, may tell more here: that is scaled down, so that no dimension has more.
-- ?1: date; ?2: JSON array of owners; ?3: run; ?4: JSON array of the dimensions that everybody has; ?5: as in close_rows;
-- ?6: those that close_rows closes.
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
    total(entry.value ->> 3) AS bandwidth_bytes,
    sum(entry.value ->> 4) AS cache_hits,
    sum(entry.value ->> 5) AS cache_misses,
    total(entry.value ->> 6) AS source_bytes
  FROM closing
  CROSS JOIN analytics_segments AS segments
    ON segments.date = ?1 AND segments.owner = closing.owner AND segments.run = ?3
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 NOT IN ('video', 'other') AND entry.value ->> 0 NOT IN (SELECT value FROM json_each(?6))
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
    total(bandwidth_bytes) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    total(source_bytes)    AS source_bytes
  FROM entries
  GROUP BY 1, 2
),
totals AS (
  SELECT
    closing.owner        AS owner,
    sum(requests)        AS requests,
    total(bandwidth_bytes) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    total(source_bytes)    AS source_bytes
  FROM closing
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = ?1 AND rows.owner = closing.owner AND rows.run = ?3 AND rows.dimension = 'asset_type'
  GROUP BY 1
),
fitted AS (
  SELECT
    entries.owner AS owner, entries.dimension AS dimension, entries.value AS value,
    CASE
      WHEN known.requests > totals.requests
      THEN CAST(1.0 * entries.requests * totals.requests / known.requests AS INTEGER)
      ELSE entries.requests
    END AS requests,
    CASE
      WHEN known.bandwidth_bytes > totals.bandwidth_bytes
      THEN CAST(1.0 * entries.bandwidth_bytes * totals.bandwidth_bytes / known.bandwidth_bytes AS INTEGER)
      ELSE entries.bandwidth_bytes
    END AS bandwidth_bytes,
    CASE
      WHEN known.cache_hits > totals.cache_hits
      THEN CAST(1.0 * entries.cache_hits * totals.cache_hits / known.cache_hits AS INTEGER)
      ELSE entries.cache_hits
    END AS cache_hits,
    CASE
      WHEN known.cache_misses > totals.cache_misses
      THEN CAST(1.0 * entries.cache_misses * totals.cache_misses / known.cache_misses AS INTEGER)
      ELSE entries.cache_misses
    END AS cache_misses,
    CASE
      WHEN known.source_bytes > totals.source_bytes
      THEN CAST(1.0 * entries.source_bytes * totals.source_bytes / known.source_bytes AS INTEGER)
      ELSE entries.source_bytes
    END AS source_bytes
  FROM entries
  JOIN known ON known.owner = entries.owner AND known.dimension = entries.dimension
  JOIN totals ON totals.owner = entries.owner
),
lacking AS (
  SELECT
    dimensions.owner AS owner, dimensions.dimension AS dimension,
    max(totals.requests - coalesce(sum(fitted.requests), 0), 0) AS requests,
    max(totals.bandwidth_bytes - total(fitted.bandwidth_bytes), 0) AS bandwidth_bytes,
    max(totals.cache_hits - coalesce(sum(fitted.cache_hits), 0), 0) AS cache_hits,
    max(totals.cache_misses - coalesce(sum(fitted.cache_misses), 0), 0) AS cache_misses,
    max(totals.source_bytes - total(fitted.source_bytes), 0) AS source_bytes
  FROM dimensions
  JOIN totals ON totals.owner = dimensions.owner
  LEFT JOIN fitted ON fitted.owner = dimensions.owner AND fitted.dimension = dimensions.dimension
  GROUP BY 1, 2
),
sums AS (
  SELECT owner, dimension, value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes FROM fitted
  UNION ALL
  SELECT owner, dimension, '(other)', requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes
  FROM lacking
  WHERE requests + bandwidth_bytes + cache_hits + cache_misses + source_bytes > 0
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
