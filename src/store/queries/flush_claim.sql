-- Fails when the flush was applied before, and with it the whole batch.
INSERT INTO applied_flushes (id) VALUES (?1)
