INSERT INTO api_tokens (token_hash, id, owner, scopes, created_at, expires_at, made_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
