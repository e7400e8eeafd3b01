-- What else a run has read of owners' days, if it stands where that was read: so every page counts once.
-- ?1: [[date, owner, body, errors], …]; ?2: the run; ?3: its step; ?4: which part of the page this is.
INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors)
SELECT
  value ->> 0, value ->> 1, CAST(?2 AS INTEGER), format('%d-%d-%d', ?3, ?4, key), 0, value ->> 2, value ->> 3
FROM json_each(?1)
WHERE (SELECT step FROM aggregation_runs WHERE id = ?2) = ?3
