-- What was left out before a flush, where flush_rows adds its rows. ?1: [[date, cause, requests, bandwidth_bytes], …]; ?2
-- to ?4 as in flush_rows.
INSERT INTO analytics_uncounted_daily (date, cause, requests, bandwidth_bytes)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1
  FROM json_each(?2) AS days
  CROSS JOIN analytics_segments AS counted
    ON counted.date = days.value ->> 0 AND counted.owner = days.value ->> 1 AND counted.run = 0 AND counted.part = ''
  WHERE counted.flushes ->> ('$.' || ?3) >= ?4
)
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = min(bandwidth_bytes + excluded.bandwidth_bytes, 9007199254740991)
