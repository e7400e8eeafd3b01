-- Days with what fits conditions, and what of it failed (status 400 and above).
-- ?1: JSON array of owners; ?2: JSON array of days. Then, each as a JSON array of those that are let through, or null for
-- all, and one of those that are not: ?3, ?4: files, as asset type, space, image id; ?5, ?6: variants; ?7, ?8: countries;
-- ?9, ?10: statuses, as texts; ?11, ?12: asset types. An array in ?3 leads to its files by the primary key, and an empty blob
-- is greater than any text. What a row does not tell is (other).
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run,
         coalesce(chosen.source, 'realtime') AS source, coalesce(chosen.estimated, 0) AS estimated
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
spans AS (
  SELECT substr(value, instr(value, ' ') + 1) AS first, substr(value, instr(value, ' ') + 1) AS last FROM json_each(?3)
  UNION
  SELECT '', x'' WHERE ?3 IS NULL
),
told AS (
  SELECT
    rows.owner, rows.date, rows.asset_type, rows.image_id,
    iif(rows.image_id = '(other)' OR rows.status_code = 0, '(other)', rows.variant) AS variant,
    iif(rows.image_id = '(other)' OR rows.status_code = 0, '(other)', rows.country) AS country,
    iif(rows.status_code = 0, '(other)', CAST(rows.status_code AS TEXT)) AS status,
    rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes, rows.errors,
    reported.source, reported.estimated
  FROM reported
  CROSS JOIN spans
  CROSS JOIN analytics_daily AS rows
    ON rows.owner = reported.owner AND rows.date = reported.date AND rows.run = reported.run
    AND rows.image_id BETWEEN spans.first AND spans.last
),
fitting AS (
  SELECT *
  FROM told
  WHERE (?3 IS NULL OR asset_type || ' ' || image_id IN (SELECT value FROM json_each(?3)))
    AND asset_type || ' ' || image_id NOT IN (SELECT value FROM json_each(?4))
    AND (?5 IS NULL OR variant IN (SELECT value FROM json_each(?5)))
    AND variant NOT IN (SELECT value FROM json_each(?6))
    AND (?7 IS NULL OR country IN (SELECT value FROM json_each(?7)))
    AND country NOT IN (SELECT value FROM json_each(?8))
    AND (?9 IS NULL OR status IN (SELECT value FROM json_each(?9)))
    AND status NOT IN (SELECT value FROM json_each(?10))
    AND (?11 IS NULL OR asset_type IN (SELECT value FROM json_each(?11)))
    AND asset_type NOT IN (SELECT value FROM json_each(?12))
)
SELECT
  date,
  sum(requests)        AS requests,
  min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
  sum(cache_hits)      AS cache_hits,
  sum(cache_misses)    AS cache_misses,
  min(total(source_bytes), 9007199254740991) AS source_bytes,
  sum(errors)          AS errors,
  min(source)          AS source,
  max(source)          AS last_source,
  max(estimated)       AS estimated
FROM fitting
GROUP BY date
