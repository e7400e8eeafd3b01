SELECT value FROM analytics_meta WHERE key = ?1
