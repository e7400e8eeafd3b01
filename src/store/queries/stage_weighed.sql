-- What a run makes of owners when their rows have been read, if it stands where they were weighed.
-- ?1: [[owner, reported run, source, requests, error, dropped run, unfit], …]; ?2: the run; ?3: its step.
UPDATE aggregation_staged SET
  reported_run = given.value ->> 1,
  source       = given.value ->> 2,
  requests     = given.value ->> 3,
  error        = given.value ->> 4,
  dropped_run  = given.value ->> 5,
  unfit        = given.value ->> 6
FROM json_each(?1) AS given
WHERE aggregation_staged.run = ?2 AND aggregation_staged.owner = given.value ->> 0
  AND (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
