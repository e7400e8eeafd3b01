-- ?2: now. The name is null when the owner is gone.
SELECT api_tokens.id AS id, api_tokens.owner AS owner, owners.name AS name, api_tokens.scopes AS scopes,
       api_tokens.expires_at AS expires_at
FROM api_tokens LEFT JOIN owners ON owners.owner = api_tokens.owner
WHERE token_hash = ?1 AND revoked_at IS NULL AND expires_at > ?2
