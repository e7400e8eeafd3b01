-- ?1: the first id to keep; ?2: the most rows to delete.
DELETE FROM applied_flushes
WHERE id IN (SELECT id FROM applied_flushes WHERE id < ?1 ORDER BY id LIMIT ?2)
