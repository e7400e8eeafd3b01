-- A valid token gets another secret at once; id, scopes and expiry stay. ?1: the id; ?2: the new hash; ?3: now.
UPDATE api_tokens SET token_hash = ?2
WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?3
RETURNING id, (SELECT name FROM owners WHERE owners.owner = api_tokens.owner) AS owner, scopes, expires_at
