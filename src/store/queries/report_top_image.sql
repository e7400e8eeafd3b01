-- ?1: JSON array of owners; ?2: JSON array of days; ?3: how many.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
)
SELECT image_id AS value, sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes
FROM reported
CROSS JOIN analytics_daily AS rows
  ON rows.owner = reported.owner AND rows.date = reported.date AND rows.run = reported.run
GROUP BY image_id
ORDER BY 2 DESC, 3 DESC, 1
LIMIT ?3
