-- ?1: date.
UPDATE analytics_days SET frozen = 1
WHERE date = ?1 AND frozen = 0 AND date < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
