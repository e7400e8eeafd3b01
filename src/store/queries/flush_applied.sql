SELECT EXISTS (SELECT 1 FROM applied_flushes WHERE id = ?1) AS found
