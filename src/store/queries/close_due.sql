-- Owners' days whose segments are to become rows: of days to which nothing is added any more, what was counted in realtime
-- and what is reported. A run that is under way closes its own. ?1: the last such day; ?2: how many.
SELECT DISTINCT date, owner, run
FROM analytics_segments AS segments
WHERE date <= ?1 AND (
  run = 0
  OR run = (SELECT run FROM analytics_days AS days WHERE days.date = segments.date AND days.owner = segments.owner)
)
ORDER BY date, owner, run
LIMIT ?2
