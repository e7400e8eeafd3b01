-- Those that have expired. What else ends one only keeps it from being found. ?1: now.
DELETE FROM sessions WHERE expires_at <= ?1
