-- What the runs have come to, day by day: when the last one began that has read every source to its end. ?1: the first
-- day.
SELECT date, max(CASE WHEN state = 'done' AND whole = 1 THEN started_at END) AS done_from, max(final) AS final
FROM aggregation_runs
WHERE kind = 'aggregate' AND date >= ?1
GROUP BY date
