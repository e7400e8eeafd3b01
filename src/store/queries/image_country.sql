-- ?1: owner; ?2: JSON array of days; ?3: image id; ?4: how many.
SELECT country AS value, sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes
FROM analytics_daily
WHERE owner = ?1 AND date IN (SELECT value FROM json_each(?2)) AND image_id = ?3
GROUP BY country
ORDER BY 2 DESC, 3 DESC, 1
LIMIT ?4
