-- Which token a token was made with: null for ADMIN_TOKEN, and for tokens from before this was recorded.
ALTER TABLE api_tokens ADD COLUMN made_by TEXT;

-- Without it, looking for the sessions of one token reads those of all.
CREATE INDEX sessions_token_hash ON sessions (token_hash, created_at);
