-- ?1: the first day.
SELECT date, cause, requests, bandwidth_bytes FROM analytics_uncounted_daily WHERE date >= ?1
