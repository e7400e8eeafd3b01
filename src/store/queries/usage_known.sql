-- Events that were counted before under the same key. ?1: owner; ?2: [[key, metric, quantity, date, dated], …].
SELECT known.idempotency_key, known.metric, known.quantity, known.date
FROM json_each(?2) AS entry
CROSS JOIN usage_events AS known ON known.owner = ?1 AND known.idempotency_key = entry.value ->> 0
