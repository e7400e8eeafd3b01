-- The paths that most requests asked for in vain. ?1: JSON array of owners; ?2: JSON array of days; ?3: how many.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT rows.path, rows.requests
  FROM reported
  CROSS JOIN analytics_errors_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run AND rows.status_code = 404
  UNION ALL
  SELECT entry.value ->> 2, entry.value ->> 4
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.errors || ']') AS entry
  WHERE entry.value ->> 0 = 404
)
SELECT path, sum(requests) AS requests
FROM parts
WHERE path <> '(other)'
GROUP BY path
ORDER BY 2 DESC, path
LIMIT ?3
