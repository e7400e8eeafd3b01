-- Adds what a flush has counted to the segments of owners' days, once, and where flush_rows adds its rows: not when a later
-- one of its isolate is in any of them. This one may be, from another statement of the same batch. A segment that has grown
-- long is added up: values that it has several times become one, and the largest of each dimension stay, by requests and by
-- bandwidth; so do failed requests.
-- ?1: [[date, owner, body, errors], …]; ?2: the isolate; ?3: the flush; ?4: how many values stay by each order;
-- ?5: as ?2 in flush_rows; ?6: by how many characters a body may grow before it is added up again, and errors may be twice as
-- long; ?7: how many failed requests stay.
INSERT INTO analytics_segments (date, owner, run, part, flushes, body, merged, errors)
SELECT value ->> 0, value ->> 1, 0, '', json_object(?2, CAST(?3 AS INTEGER)), value ->> 2, 0, value ->> 3
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1
  FROM json_each(?5) AS days
  CROSS JOIN analytics_segments AS counted
    ON counted.date = days.value ->> 0 AND counted.owner = days.value ->> 1 AND counted.run = 0 AND counted.part = ''
  WHERE counted.flushes ->> ('$.' || ?2) > ?3
)
ON CONFLICT DO UPDATE SET
  flushes = json_set(flushes, '$.' || ?2, CAST(?3 AS INTEGER)),
  body = CASE
    WHEN length(body) + length(excluded.body) <= coalesce(merged, length(body)) + ?6 THEN body || ',' || excluded.body
    ELSE (
      SELECT group_concat(
        json_array(dimension, value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes)
      )
      FROM (
        SELECT
          entry.value ->> 0        AS dimension,
          entry.value ->> 1        AS value,
          sum(entry.value ->> 2)   AS requests,
          CAST(min(total(entry.value ->> 3), 9007199254740991) AS INTEGER) AS bandwidth_bytes,
          sum(entry.value ->> 4)   AS cache_hits,
          sum(entry.value ->> 5)   AS cache_misses,
          CAST(min(total(entry.value ->> 6), 9007199254740991) AS INTEGER) AS source_bytes,
          row_number() OVER (
            PARTITION BY entry.value ->> 0 ORDER BY sum(entry.value ->> 2) DESC, total(entry.value ->> 3) DESC
          ) AS by_requests,
          row_number() OVER (
            PARTITION BY entry.value ->> 0 ORDER BY total(entry.value ->> 3) DESC, sum(entry.value ->> 2) DESC
          ) AS by_bandwidth
        FROM json_each('[' || body || ',' || excluded.body || ']') AS entry
        GROUP BY 1, 2
      )
      WHERE by_requests <= ?4 OR by_bandwidth <= ?4
    )
  END,
  merged = CASE
    WHEN length(body) + length(excluded.body) <= coalesce(merged, length(body)) + ?6 THEN coalesce(merged, length(body))
  END,
  errors = CASE
    WHEN excluded.errors = '' THEN errors
    WHEN errors = '' THEN excluded.errors
    WHEN length(errors) + length(excluded.errors) <= 2 * ?6 THEN errors || ',' || excluded.errors
    ELSE (
      SELECT group_concat(json_array(status, reason, path, referrer_host, requests, first_seen, last_seen))
      FROM (
        SELECT
          entry.value ->> 0      AS status,
          entry.value ->> 1      AS reason,
          entry.value ->> 2      AS path,
          entry.value ->> 3      AS referrer_host,
          sum(entry.value ->> 4) AS requests,
          min(entry.value ->> 5) AS first_seen,
          max(entry.value ->> 6) AS last_seen
        FROM json_each('[' || errors || ',' || excluded.errors || ']') AS entry
        GROUP BY 1, 2, 3, 4
        ORDER BY requests DESC, last_seen DESC
        LIMIT ?7
      )
    )
  END
WHERE coalesce(flushes ->> ('$.' || ?2), 0) < CAST(?3 AS INTEGER)
