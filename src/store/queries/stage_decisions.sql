-- What a run has decided, if it stands where the decisions were made.
-- ?1: [[owner, name, reported run, source, requests, error, dropped run, unread], …]; ?2: the run; ?3: its step.
INSERT INTO aggregation_staged (run, owner, name, reported_run, source, requests, error, dropped_run, unread)
SELECT
  ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM json_each(?1)
WHERE (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
ON CONFLICT DO NOTHING
