-- The unfinished run that may go on: of days that no run has finished yet the oldest, then of those that are tried again.
-- So no day stands in the way of another, however often it fails. ?1: kind; ?2: now.
SELECT * FROM aggregation_runs
WHERE kind = ?1 AND state IN ('queued', 'running') AND coalesce(resume_after, '') <= ?2
ORDER BY
  EXISTS (
    SELECT 1 FROM aggregation_runs AS runs
    WHERE runs.kind = ?1 AND runs.date = aggregation_runs.date AND runs.state IN ('done', 'failed')
  ),
  date,
  id
LIMIT 1
