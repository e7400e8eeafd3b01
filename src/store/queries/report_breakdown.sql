-- A page of one dimension's values, with what all of them together have; what days have stored as (other) comes last, also
-- when it is nothing, and after a page that is empty.
-- ?1: JSON array of owners; ?2: JSON array of days; ?3: how many; ?4: after how many; ?5: the dimension; ?6: requests or
-- bandwidth; ?7: JSON array of the only values to list, or null for all.
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
    AND rows.dimension = ?5
  UNION ALL
  SELECT
    entry.value ->> 0, entry.value ->> 1, entry.value ->> 2, entry.value ->> 3, entry.value ->> 4, entry.value ->> 5,
    entry.value ->> 6, CASE entry.value ->> 1 WHEN '(other)' THEN entry.value ->> 2 ELSE 0 END
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 = ?5
  UNION ALL
  SELECT ?5, '(other)', 0, 0, 0, 0, 0, 0
),
sums AS (
  SELECT
    value,
    sum(requests)        AS requests,
    min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    min(total(source_bytes), 9007199254740991) AS source_bytes,
    sum(undercount)      AS undercount
  FROM parts
  GROUP BY value
),
counted AS (
  SELECT
    *,
    count(*) FILTER (WHERE value <> '(other)') OVER ()                  AS all_values,
    coalesce(sum(requests)        FILTER (WHERE value <> '(other)') OVER (), 0) AS all_requests,
    min(total(bandwidth_bytes) FILTER (WHERE value <> '(other)') OVER (), 9007199254740991) AS all_bandwidth_bytes,
    coalesce(sum(cache_hits)      FILTER (WHERE value <> '(other)') OVER (), 0) AS all_cache_hits,
    coalesce(sum(cache_misses)    FILTER (WHERE value <> '(other)') OVER (), 0) AS all_cache_misses,
    min(total(source_bytes) FILTER (WHERE value <> '(other)') OVER (), 9007199254740991) AS all_source_bytes
  FROM sums
)
SELECT * FROM (
  SELECT * FROM counted
  WHERE value <> '(other)' AND (?7 IS NULL OR value IN (SELECT value FROM json_each(?7)))
  ORDER BY
    CASE ?6 WHEN 'bandwidth' THEN bandwidth_bytes ELSE requests END DESC,
    CASE ?6 WHEN 'bandwidth' THEN requests ELSE bandwidth_bytes END DESC,
    value
  LIMIT ?3 OFFSET ?4
)
UNION ALL
SELECT * FROM counted WHERE value = '(other)'
