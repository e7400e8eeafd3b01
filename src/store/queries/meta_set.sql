INSERT INTO analytics_meta (key, value, updated_at) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
