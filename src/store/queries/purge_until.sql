-- From now on these days cannot be published any more, and may be deleted. Not by a purge that no longer stands where it
-- has closed the day. ?1: the first day that may be published; ?2: now; ?3: the purge; ?4: its step.
INSERT INTO analytics_meta (key, value, updated_at)
SELECT 'purged_before', ?1, ?2
WHERE (SELECT step FROM aggregation_runs WHERE id = ?3) = ?4
ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
WHERE excluded.value > value
