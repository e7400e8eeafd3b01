-- What is left of frozen days once their rows are gone. ?1: the first day to keep.
DELETE FROM analytics_days WHERE date < ?1 AND frozen = 1
