-- Valid sessions and what each stands for, as that is now. Of the operator's, all but the expiry is null. ?1: JSON array of
-- the hash of a secret, a space, and what the secret and today's ADMIN_TOKEN prove; ?2: now.
SELECT wanted.value AS key, sessions.expires_at AS expires_at, sessions.token_hash IS NULL AS is_operator,
       api_tokens.id AS id, api_tokens.owner AS owner, owners.name AS name, api_tokens.scopes AS scopes
FROM json_each(?1) AS wanted
CROSS JOIN sessions ON sessions.secret_hash = substr(wanted.value, 1, instr(wanted.value, ' ') - 1)
LEFT JOIN api_tokens ON api_tokens.token_hash = sessions.token_hash
  AND api_tokens.revoked_at IS NULL AND api_tokens.expires_at > ?2
LEFT JOIN owners ON owners.owner = api_tokens.owner
WHERE sessions.expires_at > ?2
  AND (
    api_tokens.token_hash IS NOT NULL
    OR sessions.token_hash IS NULL AND sessions.admin_proof = substr(wanted.value, instr(wanted.value, ' ') + 1)
  )
