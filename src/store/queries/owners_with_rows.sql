-- Every owner that has rows, by jumping from one to the next along the primary key.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM analytics_daily
  UNION ALL
  SELECT (SELECT min(owner) FROM analytics_daily WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
)
SELECT found.owner AS owner, owners.name AS name
FROM found LEFT JOIN owners ON owners.owner = found.owner
WHERE found.owner IS NOT NULL
