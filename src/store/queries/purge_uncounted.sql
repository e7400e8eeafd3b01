-- ?1: the first day to keep.
DELETE FROM analytics_uncounted_daily WHERE date < ?1
