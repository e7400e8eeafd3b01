-- All dimensions and failed requests of owners' open days, as an aggregator has counted them so far. As in open_rows, the one
-- with the most requests stays.
-- ?1: [[date, owner, requests, body, errors], …]; ?2: which aggregator.
INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors)
SELECT value ->> 0, value ->> 1, 0, ?2, value ->> 2, value ->> 3, value ->> 4
FROM json_each(?1)
WHERE true
ON CONFLICT DO UPDATE SET
  requests = excluded.requests,
  body     = excluded.body,
  errors   = excluded.errors
WHERE excluded.requests > requests
