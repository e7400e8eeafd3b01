-- Rows of a day that is frozen, some at a time. ?1: date; ?2: how many.
WITH RECURSIVE found(owner) AS (
  SELECT min(owner) FROM analytics_daily
  UNION ALL
  SELECT (SELECT min(owner) FROM analytics_daily WHERE owner > found.owner) FROM found WHERE found.owner IS NOT NULL
)
DELETE FROM analytics_daily
WHERE (owner, date, run, image_id, variant, country, status_code) IN (
  SELECT rows.owner, rows.date, rows.run, rows.image_id, rows.variant, rows.country, rows.status_code
  FROM found
  CROSS JOIN analytics_daily AS rows ON rows.owner = found.owner AND rows.date = ?1
  WHERE ?1 < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
    AND NOT EXISTS (SELECT 1 FROM analytics_days AS days WHERE days.date = ?1 AND days.owner = found.owner AND days.frozen = 0)
  LIMIT ?2
)
