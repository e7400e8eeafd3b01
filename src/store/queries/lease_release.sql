DELETE FROM analytics_meta WHERE key = 'nightly_lease' AND value = ?1
