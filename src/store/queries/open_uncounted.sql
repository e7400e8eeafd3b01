-- What had to be left out, as an aggregator knows it so far. As in open_rows, the one with the most requests stays.
-- ?1: [[date, cause, requests, bandwidth_bytes], …]; ?2: which aggregator.
INSERT INTO analytics_uncounted_daily (date, cause, requests, bandwidth_bytes, part)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2
FROM json_each(?1)
WHERE true
ON CONFLICT DO UPDATE SET
  requests        = excluded.requests,
  bandwidth_bytes = excluded.bandwidth_bytes
WHERE excluded.requests > requests
