-- Remembers the keys of events, so that they do not count again; none, if the key of one was counted with other contents.
-- In one batch with usage_count, after it. ?1: owner; ?2: [[key, metric, quantity, date, dated], …]; ?3: today.
WITH given AS (
  SELECT
    entry.value ->> 0                                                            AS idempotency_key,
    entry.value ->> 1                                                            AS metric,
    entry.value ->> 2                                                            AS quantity,
    entry.value ->> 3                                                            AS date,
    known.owner IS NOT NULL                                                      AS is_known,
    known.metric <> entry.value ->> 1
      OR known.quantity <> entry.value ->> 2
      OR (entry.value ->> 4 AND known.date <> entry.value ->> 3)                 AS differs
  FROM json_each(?2) AS entry
  LEFT JOIN usage_events AS known ON known.owner = ?1 AND known.idempotency_key = entry.value ->> 0
)
INSERT INTO usage_events (owner, idempotency_key, metric, quantity, date, received_on)
SELECT ?1, idempotency_key, metric, quantity, date, ?3
FROM given
WHERE NOT is_known AND NOT EXISTS (SELECT 1 FROM given WHERE differs)
