-- ?1, ?2 and ?3: a segment of the flush, by date, owner and isolate; ?4: the flush.
SELECT EXISTS (
  SELECT 1 FROM analytics_segments WHERE date = ?1 AND owner = ?2 AND run = 0 AND part = '' AND flushes ->> ('$.' || ?3) >= ?4
) AS found
