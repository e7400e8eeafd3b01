INSERT INTO sessions (secret_hash, token_hash, admin_proof, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
