-- Keys of events that cannot be sent again, some at a time. ?1: the first day to keep; ?2: how many.
DELETE FROM usage_events
WHERE (owner, idempotency_key) IN (
  SELECT owner, idempotency_key FROM usage_events WHERE received_on < ?1 LIMIT ?2
)
