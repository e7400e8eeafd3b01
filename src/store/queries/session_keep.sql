-- Ends all sessions of a token but the newest. ?1: the token's hash, null for the operator; ?2: how many stay; ?3: the hash of
-- the one that is newest, since times are in seconds.
DELETE FROM sessions
WHERE secret_hash IN (
  SELECT secret_hash FROM sessions WHERE token_hash IS ?1
  ORDER BY secret_hash = ?3 DESC, created_at DESC, secret_hash
  LIMIT -1 OFFSET ?2
)
