-- The largest values of every dimension by requests, with what all values of the dimension together have, and (other) beside
-- them. The undercount means something of (other) alone: of open days it is all that these have.
-- ?1: JSON array of owners; ?2: JSON array of days; ?3: how many.
-- Sorting by one text rather than by dimension and value halves what sorting costs, and sorting is most of it.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT rows.dimension || char(31) || rows.value AS key, rows.requests, rows.bandwidth_bytes, rows.undercount
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
  UNION ALL
  SELECT
    (entry.value ->> 0) || char(31) || (entry.value ->> 1), entry.value ->> 2, entry.value ->> 3, NULL
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
),
sums AS (
  SELECT
    substr(key, 1, instr(key, char(31)) - 1) AS dimension,
    substr(key, instr(key, char(31)) + 1)    AS value,
    sum(requests)                            AS requests,
    min(total(bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
    sum(coalesce(undercount, requests))      AS undercount
  FROM parts
  GROUP BY key
),
ranked AS (
  SELECT
    *,
    row_number() OVER of_dimension                                                 AS place,
    coalesce(sum(requests) FILTER (WHERE value <> '(other)') OVER of_dimension, 0) AS all_requests
  FROM sums
  WINDOW of_dimension AS (
    PARTITION BY dimension ORDER BY value = '(other)', requests DESC, bandwidth_bytes DESC, value
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
)
SELECT * FROM ranked
WHERE place <= ?3 OR value = '(other)'
ORDER BY dimension, place
