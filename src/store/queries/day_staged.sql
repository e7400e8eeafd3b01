-- Which of some owners a run has decided on. ?1: JSON array of owners; ?2: the run.
SELECT owner FROM aggregation_staged WHERE run = ?2 AND owner IN (SELECT value FROM json_each(?1))
