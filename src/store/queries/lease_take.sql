-- Takes or renews the lease. ?1: holder; ?2: now; ?3: a lease older than this has ended.
INSERT INTO analytics_meta (key, value, updated_at) VALUES ('nightly_lease', ?1, ?2)
ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
WHERE value = excluded.value OR updated_at < ?3
