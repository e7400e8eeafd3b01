-- The unfinished run of a kind and day; of listings the oldest, whatever its day. ?1: kind; ?2: day.
SELECT * FROM aggregation_runs
WHERE kind = ?1 AND (date = ?2 OR kind = 'storage') AND state IN ('queued', 'running')
ORDER BY id
LIMIT 1
