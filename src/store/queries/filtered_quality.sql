-- How exact the rows of some days are: whether some were estimated, the sum of the squares of the stated errors, and the
-- requests of which neither image, variant nor country were kept. ?1: JSON array of owners; ?2: JSON array of days.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run,
         coalesce(chosen.estimated, 0) AS estimated, coalesce(chosen.error, 0) AS error
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
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
  ) AS unassigned
FROM reported
