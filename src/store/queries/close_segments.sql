-- ?1: date; ?2: JSON array of owners; ?3: run.
DELETE FROM analytics_segments WHERE date = ?1 AND owner IN (SELECT value FROM json_each(?2)) AND run = ?3
