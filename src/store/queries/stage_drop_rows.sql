-- Rows that are not reported any more, and those of the run itself that are unfit, some at a time. ?1: date; ?2: the run; ?3: how many.
DELETE FROM analytics_daily
WHERE (owner, date, run, image_id, variant, country, status_code) IN (
  SELECT rows.owner, rows.date, rows.run, rows.image_id, rows.variant, rows.country, rows.status_code
  FROM aggregation_staged AS staged
  CROSS JOIN analytics_daily AS rows
    ON rows.owner = staged.owner AND rows.date = ?1 AND rows.run IN (nullif(staged.dropped_run, 0), nullif(staged.unfit * ?2, 0))
  WHERE staged.run = ?2
    AND NOT EXISTS (
      SELECT 1 FROM analytics_days AS reported
      WHERE reported.date = ?1 AND reported.owner = rows.owner AND reported.run = rows.run
    )
  LIMIT ?3
)
