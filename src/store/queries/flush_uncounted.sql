-- ?1: [[date, cause, requests, bandwidth_bytes], …]
INSERT INTO analytics_uncounted_daily (date, cause, requests, bandwidth_bytes)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM json_each(?1)
WHERE true
ON CONFLICT DO UPDATE SET
  requests        = requests        + excluded.requests,
  bandwidth_bytes = bandwidth_bytes + excluded.bandwidth_bytes
