-- Closes the failed requests of some owners' day, the most frequent of each. ?1: date; ?2: JSON array of owners; ?3: run;
-- ?4: how many of each owner.
WITH sums AS (
  SELECT
    segments.owner         AS owner,
    entry.value ->> 0      AS status_code,
    entry.value ->> 1      AS reason,
    entry.value ->> 2      AS path,
    entry.value ->> 3      AS referrer_host,
    sum(entry.value ->> 4) AS requests,
    min(entry.value ->> 5) AS first_seen,
    max(entry.value ->> 6) AS last_seen,
    row_number() OVER (
      PARTITION BY segments.owner ORDER BY sum(entry.value ->> 4) DESC, max(entry.value ->> 6) DESC
    )                      AS place
  FROM json_each(?2) AS owners
  CROSS JOIN analytics_segments AS segments
    ON segments.date = ?1 AND segments.owner = owners.value AND segments.run = ?3
  CROSS JOIN json_each('[' || segments.errors || ']') AS entry
  GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO analytics_errors_daily (
  date, owner, run, status_code, reason, path, referrer_host, requests, first_seen, last_seen
)
SELECT ?1, owner, ?3, status_code, reason, path, referrer_host, requests, first_seen, last_seen
FROM sums
WHERE place <= ?4
ON CONFLICT DO UPDATE SET
  requests   = requests + excluded.requests,
  first_seen = min(first_seen, excluded.first_seen),
  last_seen  = max(last_seen, excluded.last_seen)
