-- What is frozen of a month, and the first day that is not. ?1: JSON array of owners, or null for all, who are found by jumping
-- from one to the next; ?2: YYYY-MM.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM analytics_monthly WHERE ?1 IS NULL
  UNION ALL
  SELECT (SELECT min(owner) FROM analytics_monthly WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
),
chosen(owner) AS (
  SELECT value FROM json_each(?1)
  UNION ALL
  SELECT owner FROM found WHERE owner IS NOT NULL
)
SELECT
  coalesce(sum(months.frozen_requests), 0)                            AS requests,
  min(total(months.frozen_bandwidth_bytes), 9007199254740991) AS bandwidth_bytes,
  (SELECT value FROM analytics_meta WHERE key = 'purged_before')      AS open_from
FROM chosen
CROSS JOIN analytics_monthly AS months ON months.owner = chosen.owner AND months.year_month = ?2
