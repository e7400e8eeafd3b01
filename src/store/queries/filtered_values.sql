-- A page of the values of each of some dimensions, of what fits conditions, with what all of them together have; (other) comes
-- last, and always.
-- ?1: JSON array of owners; ?2: JSON array of days. Then, each as a JSON array of those that are let through, or null for
-- all, and one of those that are not: ?3, ?4: files, as asset type, space, image id; ?5, ?6: variants; ?7, ?8: countries;
-- ?9, ?10: statuses, as texts; ?11, ?12: asset types. An array in ?3 leads to its files by the primary key, and an empty blob
-- is greater than any text. What a row does not tell is (other).
-- ?13: JSON array of dimensions, owner is one of them; ?14: how many values; ?15: after how many; ?16: requests or bandwidth.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
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
    rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes
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
),
keys AS (
  SELECT
    owner, asset_type, image_id, variant, country, status,
    sum(requests)        AS requests,
    min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    min(total(source_bytes), 9007199254740991) AS source_bytes
  FROM fitting
  GROUP BY 1, 2, 3, 4, 5, 6
),
parts AS (
  SELECT
    dimensions.value AS dimension,
    CASE dimensions.value
      WHEN 'owner'      THEN owner
      WHEN 'variant'    THEN variant
      WHEN 'country'    THEN country
      WHEN 'status'     THEN status
      WHEN 'asset_type' THEN asset_type
      ELSE image_id
    END              AS value,
    requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes
  FROM keys
  CROSS JOIN json_each(?13) AS dimensions
  WHERE dimensions.value NOT IN ('image', 'video', 'other') OR dimensions.value = asset_type
  UNION ALL
  SELECT value, '(other)', 0, 0, 0, 0, 0 FROM json_each(?13)
),
sums AS (
  SELECT
    dimension,
    value,
    sum(requests)        AS requests,
    min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
    sum(cache_hits)      AS cache_hits,
    sum(cache_misses)    AS cache_misses,
    min(total(source_bytes), 9007199254740991) AS source_bytes
  FROM parts
  GROUP BY dimension, value
),
ranked AS (
  SELECT
    *,
    CASE value WHEN '(other)' THEN requests ELSE 0 END AS undercount,
    row_number() OVER (
      PARTITION BY dimension
      ORDER BY
        value = '(other)',
        CASE ?16 WHEN 'bandwidth' THEN bandwidth_bytes ELSE requests END DESC,
        CASE ?16 WHEN 'bandwidth' THEN requests ELSE bandwidth_bytes END DESC,
        value
    ) AS place,
    count(*)             FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension)              AS all_values,
    coalesce(sum(requests)        FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_requests,
    min(total(bandwidth_bytes) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 9007199254740991) AS all_bandwidth_bytes,
    coalesce(sum(cache_hits)      FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_cache_hits,
    coalesce(sum(cache_misses)    FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 0) AS all_cache_misses,
    min(total(source_bytes) FILTER (WHERE value <> '(other)') OVER (PARTITION BY dimension), 9007199254740991) AS all_source_bytes
  FROM sums
)
SELECT * FROM ranked
WHERE value = '(other)' OR place BETWEEN ?15 + 1 AND ?15 + ?14
ORDER BY dimension, place
