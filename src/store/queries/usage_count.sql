-- Adds up events that were not counted before; none, if the key of one was counted with other contents.
-- ?1: owner; ?2: [[key, metric, quantity, date, dated], …], where dated is 1 when the client has said the day.
WITH events AS (
  SELECT
    event.value ->> 0                                                            AS idempotency_key,
    event.value ->> 1                                                            AS metric,
    event.value ->> 2                                                            AS quantity,
    event.value ->> 3                                                            AS date,
    known.owner IS NOT NULL                                                      AS is_known,
    known.metric <> event.value ->> 1
      OR known.quantity <> event.value ->> 2
      OR (event.value ->> 4 AND known.date <> event.value ->> 3)                 AS differs
  FROM json_each(?2) AS event
  LEFT JOIN usage_events AS known ON known.owner = ?1 AND known.idempotency_key = event.value ->> 0
)
INSERT INTO usage_daily (owner, date, metric, quantity)
SELECT ?1, date, metric, sum(quantity)
FROM events
WHERE NOT is_known AND NOT EXISTS (SELECT 1 FROM events WHERE differs)
GROUP BY date, metric
ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity
