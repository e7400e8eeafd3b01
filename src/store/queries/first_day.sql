-- The oldest day that has rows, by jumping from one owner to the next along the primary key.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM analytics_daily
  UNION ALL
  SELECT (SELECT min(owner) FROM analytics_daily WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
)
SELECT min((SELECT min(date) FROM analytics_daily WHERE owner = found.owner)) AS date
FROM found
WHERE found.owner IS NOT NULL
