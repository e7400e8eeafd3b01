-- The unfinished run of the oldest day that may go on. ?1: kind; ?2: now.
SELECT * FROM aggregation_runs
WHERE kind = ?1 AND state IN ('queued', 'running') AND coalesce(resume_after, '') <= ?2
ORDER BY date, id
LIMIT 1
