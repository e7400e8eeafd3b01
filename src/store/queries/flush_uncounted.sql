-- What was left out before a flush that was not applied before. ?1: [[date, cause, requests, bandwidth_bytes], …]; ?2 to
-- ?5 as in flush_rows.
INSERT INTO analytics_uncounted_daily (date, cause, requests, bandwidth_bytes)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1 FROM analytics_segments WHERE date = ?2 AND owner = ?3 AND run = 0 AND isolate = ?4 AND flush >= ?5
)
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = bandwidth_bytes + excluded.bandwidth_bytes
