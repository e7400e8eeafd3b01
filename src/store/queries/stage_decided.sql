-- Owners whose rows a run has read, or is to read, from a source. ?1: the run; ?2: the source; ?3: after this owner; ?4: how
-- many.
SELECT owner, name FROM aggregation_staged
WHERE run = ?1 AND reported_run = ?1 AND source = ?2 AND owner > ?3
ORDER BY owner
LIMIT ?4
