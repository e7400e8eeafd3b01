-- As stage_drop_rows. ?1: date; ?2: the run; ?3: how many.
DELETE FROM analytics_errors_daily
WHERE (date, owner, run, status_code, reason, path, referrer_host) IN (
  SELECT rows.date, rows.owner, rows.run, rows.status_code, rows.reason, rows.path, rows.referrer_host
  FROM aggregation_staged AS staged
  CROSS JOIN analytics_errors_daily AS rows
    ON rows.date = ?1 AND rows.owner = staged.owner AND rows.run IN (nullif(staged.dropped_run, 0), nullif(staged.unfit * ?2, 0))
  WHERE staged.run = ?2
    AND NOT EXISTS (
      SELECT 1 FROM analytics_days AS reported
      WHERE reported.date = ?1 AND reported.owner = rows.owner AND reported.run = rows.run
    )
  LIMIT ?3
)
