-- The largest values of every dimension, by requests and by bandwidth.
-- ?1: JSON array of owners; ?2: JSON array of days; ?3: how many of each order.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT rows.dimension, rows.value, rows.requests, rows.bandwidth_bytes
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
  UNION ALL
  SELECT entry.value ->> 0, entry.value ->> 1, entry.value ->> 2, entry.value ->> 3
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
),
sums AS (
  SELECT dimension, value, sum(requests) AS requests, min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes
  FROM parts
  WHERE value <> '(other)'
  GROUP BY dimension, value
),
ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY dimension ORDER BY requests DESC, bandwidth_bytes DESC, value) AS by_requests,
    row_number() OVER (PARTITION BY dimension ORDER BY bandwidth_bytes DESC, requests DESC, value) AS by_bandwidth
  FROM sums
)
SELECT dimension, value, requests, bandwidth_bytes FROM ranked
WHERE by_requests <= ?3 OR by_bandwidth <= ?3
