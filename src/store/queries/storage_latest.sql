SELECT date, run, measured_at FROM storage_snapshots ORDER BY date DESC LIMIT 1
