-- Registered, or with at least one row.
SELECT EXISTS (SELECT 1 FROM owners WHERE owner = ?1)
    OR EXISTS (SELECT 1 FROM analytics_daily WHERE owner = ?1)
    OR EXISTS (
      SELECT 1 FROM storage_daily WHERE owner = ?1 AND date = (SELECT max(date) FROM storage_snapshots)
    ) AS found
