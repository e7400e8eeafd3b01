-- The largest values of every dimension by requests and by bandwidth, with what all values of the dimension together have,
-- (other) of closed days apart. ?1: JSON array of owners; ?2: JSON array of days; ?3: how many.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT
    rows.dimension, rows.value, rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes,
    rows.undercount
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
  UNION ALL
  SELECT
    entry.value ->> 0, entry.value ->> 1, entry.value ->> 2, entry.value ->> 3, entry.value ->> 4, entry.value ->> 5,
    entry.value ->> 6, CASE entry.value ->> 1 WHEN '(other)' THEN entry.value ->> 2 ELSE 0 END
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
),
sums AS (
  SELECT
    dimension,
    value,
    sum(requests)        AS requests,
    sum(bandwidth_bytes) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    sum(source_bytes)    AS source_bytes,
    sum(undercount)      AS undercount
  FROM parts
  GROUP BY dimension, value
),
ranked AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY dimension ORDER BY value = '(other)', requests DESC, bandwidth_bytes DESC, value
    ) AS by_requests,
    row_number() OVER (
      PARTITION BY dimension ORDER BY value = '(other)', bandwidth_bytes DESC, requests DESC, value
    ) AS by_bandwidth,
    coalesce(sum(requests) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_requests,
    coalesce(sum(bandwidth_bytes) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_bandwidth_bytes,
    coalesce(sum(cache_hits) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_cache_hits,
    coalesce(sum(cache_misses) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_cache_misses,
    coalesce(sum(source_bytes) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_source_bytes
  FROM sums
)
SELECT * FROM ranked
WHERE by_requests <= ?3 OR by_bandwidth <= ?3 OR value = '(other)'
ORDER BY dimension, by_requests
