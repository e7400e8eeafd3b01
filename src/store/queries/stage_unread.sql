-- Owners whose rows a run has still to read. ?1: the run; ?2: how many.
SELECT owner, name FROM aggregation_staged WHERE run = ?1 AND unread = 1 ORDER BY owner LIMIT ?2
