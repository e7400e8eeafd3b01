-- How exact the rows of some days are: whether some were estimated, the sum of the squares of the stated errors, the requests of
-- which neither image, variant nor country are told, and those of which only the image is.
-- ?1: JSON array of owners; ?2: JSON array of days; ?3: JSON array of files, as in filtered_days, or null for all.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run,
         coalesce(chosen.estimated, 0) AS estimated, coalesce(chosen.error, 0) AS error
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
spans AS (
  SELECT substr(value, instr(value, ' ') + 1) AS first, substr(value, instr(value, ' ') + 1) AS last FROM json_each(?3)
  UNION
  SELECT '', x'' WHERE ?3 IS NULL
)
SELECT
  coalesce(max(estimated), 0)            AS estimated,
  coalesce(sum(1.0 * error * error), 0) AS squared_errors,
  (
    SELECT coalesce(sum(requests), 0)
    FROM reported
    CROSS JOIN analytics_daily AS rows
      ON rows.owner = reported.owner AND rows.date = reported.date AND rows.run = reported.run
      AND rows.image_id = '(other)'
  ) AS unassigned,
  (
    SELECT coalesce(sum(requests), 0)
    FROM reported
    CROSS JOIN spans
    CROSS JOIN analytics_daily AS rows
      ON rows.owner = reported.owner AND rows.date = reported.date AND rows.run = reported.run
      AND rows.image_id BETWEEN spans.first AND spans.last AND rows.status_code = 0
  ) AS partly_assigned
FROM reported
