-- ?1 and ?2: first and last day.
SELECT date, cause, requests, bandwidth_bytes FROM analytics_uncounted_daily WHERE date BETWEEN ?1 AND ?2
