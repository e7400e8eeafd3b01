-- Days with what was served, what of it failed (status 400 and above) and what crawlers asked for, which is null where nothing
-- tells it.
-- ?1: JSON array of owners; ?2: JSON array of days.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run,
         coalesce(chosen.source, 'realtime') AS source, coalesce(chosen.estimated, 0) AS estimated
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT
    rows.dimension, rows.value,
    rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes,
    reported.date, reported.source, reported.estimated
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
    AND rows.dimension IN ('status', 'bot')
  UNION ALL
  SELECT
    entry.value ->> 0, entry.value ->> 1,
    entry.value ->> 2, entry.value ->> 3, entry.value ->> 4, entry.value ->> 5, entry.value ->> 6,
    reported.date, reported.source, reported.estimated
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 IN ('status', 'bot')
)
SELECT
  date,
  coalesce(sum(requests)        FILTER (WHERE dimension = 'status'), 0)                  AS requests,
  min(total(bandwidth_bytes) FILTER (WHERE dimension = 'status'), 9007199254740991) AS bandwidth_bytes,
  coalesce(sum(cache_hits)      FILTER (WHERE dimension = 'status'), 0)                  AS cache_hits,
  coalesce(sum(cache_misses)    FILTER (WHERE dimension = 'status'), 0)                  AS cache_misses,
  min(total(source_bytes) FILTER (WHERE dimension = 'status'), 9007199254740991) AS source_bytes,
  coalesce(sum(requests) FILTER (WHERE dimension = 'status' AND value >= '400'), 0)      AS errors,
  sum(CASE WHEN value IN ('search', 'ai') THEN requests ELSE 0 END)
    FILTER (WHERE dimension = 'bot' AND value <> '(other)')                              AS crawler_requests,
  min(
    total(bandwidth_bytes) FILTER (WHERE dimension = 'bot' AND value IN ('search', 'ai')), 9007199254740991
  )                                                                                      AS crawler_bandwidth_bytes,
  min(source)          AS source,
  max(source)          AS last_source,
  max(estimated)       AS estimated
FROM parts
GROUP BY date
