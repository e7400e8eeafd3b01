SELECT EXISTS (SELECT 1 FROM api_tokens WHERE id = ?1) AS found
