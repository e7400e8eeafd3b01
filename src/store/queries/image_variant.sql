-- ?1: JSON array of one owner; ?2: JSON array of days, so that each is one look-up in the primary key; ?3: how many;
-- ?4: image id.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
)
SELECT iif(status_code = 0, '(other)', variant) AS value, sum(requests) AS requests, min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes
FROM reported
CROSS JOIN analytics_daily AS rows
  ON rows.owner = reported.owner AND rows.date = reported.date AND rows.run = reported.run
  AND rows.image_id = ?4
GROUP BY 1
ORDER BY 2 DESC, 3 DESC, 1
LIMIT ?3
