-- What was served in each hour of some days, as far as the hour is told.
-- ?1: JSON array of owners; ?2: JSON array of days.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT
    reported.date, rows.value,
    rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
    AND rows.dimension = 'hour'
  UNION ALL
  SELECT
    reported.date, entry.value ->> 1,
    entry.value ->> 2, entry.value ->> 3, entry.value ->> 4, entry.value ->> 5, entry.value ->> 6
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 = 'hour'
)
SELECT
  date,
  CAST(value AS INTEGER) AS hour,
  sum(requests)        AS requests,
  min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
  sum(cache_hits)      AS cache_hits,
  sum(cache_misses)    AS cache_misses,
  min(total(source_bytes), 9007199254740991) AS source_bytes
FROM parts
WHERE value <> '(other)'
GROUP BY date, value
