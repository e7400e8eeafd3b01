-- Adds the variance of a page's rows to that of their owners. ?1: [[owner, variance], …]; ?2: the run; ?3: its step.
UPDATE aggregation_staged SET variance = variance + (given.value ->> 1)
FROM json_each(?1) AS given
WHERE aggregation_staged.run = ?2 AND aggregation_staged.owner = given.value ->> 0
  AND (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
