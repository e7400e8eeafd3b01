-- A valid session and what it stands for, as that is now. Of the operator's, all but the expiry is null. ?1: the secret's
-- hash; ?2: what the secret and today's ADMIN_TOKEN prove; ?3: now.
SELECT sessions.expires_at AS expires_at, sessions.token_hash IS NULL AS is_operator,
       api_tokens.id AS id, api_tokens.owner AS owner, owners.name AS name, api_tokens.scopes AS scopes
FROM sessions
LEFT JOIN api_tokens ON api_tokens.token_hash = sessions.token_hash
  AND api_tokens.revoked_at IS NULL AND api_tokens.expires_at > ?3
LEFT JOIN owners ON owners.owner = api_tokens.owner
WHERE sessions.secret_hash = ?1 AND sessions.expires_at > ?3
  AND (api_tokens.token_hash IS NOT NULL OR sessions.token_hash IS NULL AND sessions.admin_proof = ?2)
