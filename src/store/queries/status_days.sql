-- The days that are closed, and from which sources. ?1: JSON array of owners, or null for all; ?2 and ?3: first and
-- last day.
SELECT
  date,
  source,
  max(estimated) AS estimated,
  sum(error)     AS error
FROM analytics_days
WHERE date BETWEEN ?2 AND ?3 AND (?1 IS NULL OR owner IN (SELECT value FROM json_each(?1)))
GROUP BY date, source
