-- ?1: JSON array of one owner; ?2: JSON array of days; ?3: image id.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run,
         coalesce(chosen.source, 'realtime') AS source, coalesce(chosen.estimated, 0) AS estimated
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
)
SELECT
  reported.date        AS date,
  sum(requests)        AS requests,
  min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
  sum(cache_hits)      AS cache_hits,
  sum(cache_misses)    AS cache_misses,
  min(total(source_bytes), 9007199254740991) AS source_bytes,
  sum(errors)          AS errors,
  min(source)          AS source,
  max(source)          AS last_source,
  max(estimated)       AS estimated
FROM reported
CROSS JOIN analytics_daily AS rows
  ON rows.owner = reported.owner AND rows.date = reported.date AND rows.run = reported.run
  AND rows.image_id = ?3
GROUP BY reported.date
