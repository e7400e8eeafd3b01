SELECT count(*) AS found FROM sqlite_master WHERE type = 'table' AND name = 'analytics_daily'
