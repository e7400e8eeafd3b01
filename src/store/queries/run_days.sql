-- What the runs have come to, day by day. ?1: the first day.
SELECT date, max(CASE state WHEN 'done' THEN started_at END) AS done_from, max(final) AS final
FROM aggregation_runs
WHERE kind = 'aggregate' AND date >= ?1
GROUP BY date
