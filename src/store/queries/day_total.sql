-- What realtime counting has of a day, all owners together. ?1: date.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM analytics_daily
  UNION ALL
  SELECT (SELECT min(owner) FROM analytics_daily WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
)
SELECT coalesce(sum(requests), 0) AS requests
FROM found CROSS JOIN analytics_daily AS rows ON rows.owner = found.owner AND rows.date = ?1 AND rows.run = 0
