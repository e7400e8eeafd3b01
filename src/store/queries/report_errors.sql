-- A page of the most frequent failed requests, with how many there are; a row of status 0 comes last, and always.
-- ?1: JSON array of owners; ?2: JSON array of days; ?3: how many; ?4: after how many.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
parts AS (
  SELECT
    rows.status_code, rows.reason, rows.path, rows.referrer_host, rows.requests, rows.first_seen, rows.last_seen
  FROM reported
  CROSS JOIN analytics_errors_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
  UNION ALL
  SELECT
    entry.value ->> 0, entry.value ->> 1, entry.value ->> 2, entry.value ->> 3, entry.value ->> 4, entry.value ->> 5,
    entry.value ->> 6
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.errors || ']') AS entry
),
by_referrer AS (
  SELECT
    status_code, reason, path, referrer_host,
    sum(requests)   AS requests,
    min(first_seen) AS first_seen,
    max(last_seen)  AS last_seen,
    row_number() OVER (
      PARTITION BY status_code, reason, path ORDER BY sum(requests) DESC, referrer_host
    )               AS place
  FROM parts
  GROUP BY 1, 2, 3, 4
),
urls AS MATERIALIZED (
  SELECT
    status_code     AS status,
    reason,
    path,
    sum(requests)   AS requests,
    min(first_seen) AS first_seen,
    max(last_seen)  AS last_seen,
    json_group_array(json_array(referrer_host, requests)) FILTER (WHERE place <= 5) AS referrers
  FROM by_referrer
  GROUP BY status_code, reason, path
),
counted AS (
  SELECT coalesce(sum(requests), 0) AS all_requests, count(*) AS all_paths FROM urls
)
SELECT * FROM (
  SELECT urls.*, counted.* FROM urls CROSS JOIN counted
  ORDER BY requests DESC, last_seen DESC, path, reason
  LIMIT ?3 OFFSET ?4
)
UNION ALL
SELECT 0, '', '', 0, 0, 0, '[]', counted.* FROM counted
