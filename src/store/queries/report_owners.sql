-- A page of owners with what they have, and what all of them have together. ?1: JSON array of owners; ?2: JSON array of days;
-- ?3: how many; ?4: after how many; ?5: requests or bandwidth.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT rows.owner, rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
    AND rows.dimension = 'status'
  UNION ALL
  SELECT
    segments.owner, entry.value ->> 2, entry.value ->> 3, entry.value ->> 4, entry.value ->> 5, entry.value ->> 6
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 = 'status'
),
sums AS (
  SELECT
    owner                AS value,
    sum(requests)        AS requests,
    min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    min(total(source_bytes), 9007199254740991) AS source_bytes
  FROM parts
  GROUP BY owner
)
SELECT
  *,
  0                            AS undercount,
  count(*)             OVER () AS all_values,
  sum(requests)        OVER () AS all_requests,
  min(total(bandwidth_bytes) OVER (), 9007199254740991) AS all_bandwidth_bytes,
  sum(cache_hits)      OVER () AS all_cache_hits,
  sum(cache_misses)    OVER () AS all_cache_misses,
  min(total(source_bytes) OVER (), 9007199254740991) AS all_source_bytes
FROM sums
ORDER BY
  CASE ?5 WHEN 'bandwidth' THEN bandwidth_bytes ELSE requests END DESC,
  CASE ?5 WHEN 'bandwidth' THEN requests ELSE bandwidth_bytes END DESC,
  value
LIMIT ?3 OFFSET ?4
