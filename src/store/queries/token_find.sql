-- Valid tokens. ?1: JSON array of their hashes; ?2: now. The name is null when the owner is gone.
SELECT api_tokens.token_hash AS hash, api_tokens.id AS id, api_tokens.owner AS owner, owners.name AS name,
       api_tokens.scopes AS scopes, api_tokens.expires_at AS expires_at
FROM json_each(?1) AS wanted
CROSS JOIN api_tokens ON api_tokens.token_hash = wanted.value
LEFT JOIN owners ON owners.owner = api_tokens.owner
WHERE api_tokens.revoked_at IS NULL AND api_tokens.expires_at > ?2
