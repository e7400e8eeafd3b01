-- ?1: JSON array of owners; ?2 and ?3: first and last day; ?4: how many.
SELECT image_id AS value, sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes
FROM analytics_daily
WHERE owner IN (SELECT value FROM json_each(?1)) AND date BETWEEN ?2 AND ?3
GROUP BY image_id
ORDER BY 2 DESC, 3 DESC, 1
LIMIT ?4
