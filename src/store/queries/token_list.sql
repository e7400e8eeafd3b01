-- ?1: an owner, or null for all.
SELECT api_tokens.id AS id, owners.name AS owner, scopes, api_tokens.created_at AS created_at, expires_at, revoked_at, made_by
FROM api_tokens JOIN owners ON owners.owner = api_tokens.owner
WHERE ?1 IS NULL OR api_tokens.owner = ?1
ORDER BY api_tokens.created_at, api_tokens.id
LIMIT ?2 OFFSET ?3
