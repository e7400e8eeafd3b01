-- Adds up events that were not counted before; none, if the key of one was counted with other contents.
-- ?1: owner; ?2: [[key, metric, quantity, date, dated], …], where dated is 1 when the client has said the day. No sum leaves
-- the whole numbers that JavaScript has.
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
INSERT INTO usage_daily (owner, date, metric, quantity)
SELECT ?1, date, metric, sum(quantity)
FROM given
WHERE NOT is_known AND NOT EXISTS (SELECT 1 FROM given WHERE differs)
GROUP BY date, metric
ON CONFLICT DO UPDATE SET quantity = min(quantity + excluded.quantity, 9007199254740991)
