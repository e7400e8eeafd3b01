-- What realtime counting left out, whether a run has restored it, and whether none will any more. A day's run restores what was
-- left out only if everything that Analytics Engine has of the day is reported. ?1 and ?2: first and last day.
SELECT
  cause,
  requests,
  EXISTS (
    SELECT 1 FROM aggregation_runs AS runs
    WHERE runs.kind = 'aggregate' AND runs.date = uncounted.date AND runs.state = 'done' AND runs.restored = 1
  ) AS restored,
  EXISTS (
    SELECT 1 FROM aggregation_runs AS runs
    WHERE runs.kind = 'aggregate' AND runs.date = uncounted.date AND runs.state = 'done' AND runs.final = 1
  ) AS final
FROM analytics_uncounted_daily AS uncounted
WHERE date BETWEEN ?1 AND ?2
