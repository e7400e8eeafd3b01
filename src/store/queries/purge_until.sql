-- From now on these days cannot be published any more. ?1: the first day that may be; ?2: now.
INSERT INTO analytics_meta (key, value, updated_at) VALUES ('purged_before', ?1, ?2)
ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
WHERE excluded.value > value
