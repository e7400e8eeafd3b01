-- What was metered in some days. ?1: JSON array of owners, or null for all, who are found by jumping from one to the next;
-- ?2 and ?3: first and last day.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM usage_daily WHERE ?1 IS NULL
  UNION ALL
  SELECT (SELECT min(owner) FROM usage_daily WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
),
chosen(owner) AS (
  SELECT value FROM json_each(?1)
  UNION ALL
  SELECT owner FROM found WHERE owner IS NOT NULL
)
SELECT metered.metric, min(total(metered.quantity), 9007199254740991) AS quantity
FROM chosen
CROSS JOIN usage_daily AS metered ON metered.owner = chosen.owner AND metered.date BETWEEN ?2 AND ?3
GROUP BY metered.metric
