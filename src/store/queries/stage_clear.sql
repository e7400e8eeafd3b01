-- ?1: the run; ?2: a source, or null for all.
DELETE FROM aggregation_staged WHERE run = ?1 AND (?2 IS NULL OR source = ?2)
