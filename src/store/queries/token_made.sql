-- The valid tokens that were made with a token, or with one that was made with it. ?1: its id; ?2: now.
WITH RECURSIVE made(id) AS (
  SELECT ?1
  UNION
  SELECT api_tokens.id FROM made CROSS JOIN api_tokens ON api_tokens.made_by = made.id
)
SELECT api_tokens.id AS id
FROM api_tokens
WHERE api_tokens.id IN (SELECT id FROM made) AND api_tokens.id <> ?1
  AND api_tokens.revoked_at IS NULL AND api_tokens.expires_at > ?2
ORDER BY api_tokens.created_at, api_tokens.id
