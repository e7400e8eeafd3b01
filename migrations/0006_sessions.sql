-- The dashboard's sessions. One is valid only while what it was begun with is.
CREATE TABLE sessions (
  secret_hash TEXT NOT NULL PRIMARY KEY, -- SHA-256 in hexadecimal digits; the secret itself is in a browser's cookie
  token_hash  TEXT,                      -- of the token that it was begun with; null for the operator's
  admin_proof TEXT,                      -- what shows that ADMIN_TOKEN is still the same, see src/domain/session.rs; else null
  created_at  TEXT NOT NULL,             -- RFC 3339, UTC
  expires_at  TEXT NOT NULL
) WITHOUT ROWID;
