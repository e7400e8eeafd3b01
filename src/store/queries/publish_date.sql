-- The last day that was closed. ?1: the key; ?2: date; ?3: now; ?4: the run; ?5: its step.
INSERT INTO analytics_meta (key, value, updated_at)
SELECT ?1, ?2, ?3
WHERE (SELECT step FROM aggregation_runs WHERE id = ?4) = ?5
ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
WHERE excluded.value > value
