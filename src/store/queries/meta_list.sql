SELECT key, value FROM analytics_meta
