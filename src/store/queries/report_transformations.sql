-- Derived variants of videos and of other files, which the dimension of variants does not tell from those of images: from the
-- rows of the files that were kept of each day. Rows of originals are not read: the two spans lie on either side of them, and
-- an empty blob is greater than any text. ?1: JSON array of owners; ?2: JSON array of days.
WITH reported AS (
  SELECT owners.value AS owner, days.value AS date, coalesce(chosen.run, 0) AS run
  FROM json_each(?1) AS owners
  CROSS JOIN json_each(?2) AS days
  LEFT JOIN analytics_days AS chosen ON chosen.date = days.value AND chosen.owner = owners.value
),
files AS (
  SELECT reported.owner, reported.date, reported.run, rows.value AS image_id
  FROM reported
  CROSS JOIN analytics_breakdown_daily AS rows
    ON rows.date = reported.date AND rows.owner = reported.owner AND rows.run = reported.run
    AND rows.dimension IN ('video', 'other')
  UNION
  SELECT reported.owner, reported.date, reported.run, entry.value ->> 1
  FROM reported
  CROSS JOIN analytics_segments AS segments
    ON segments.date = reported.date AND segments.owner = reported.owner AND segments.run = reported.run
  CROSS JOIN json_each('[' || segments.body || ']') AS entry
  WHERE entry.value ->> 0 IN ('video', 'other')
),
spans AS (
  SELECT '(none)' AS after, 'original' AS before
  UNION ALL
  SELECT 'original', x''
)
SELECT
  rows.asset_type,
  rows.variant              AS value,
  sum(rows.requests)        AS requests,
  min(total(rows.bandwidth_bytes), 9007199254740991) AS bandwidth_bytes
FROM files
CROSS JOIN spans
CROSS JOIN analytics_daily AS rows
  ON rows.owner = files.owner AND rows.date = files.date AND rows.run = files.run AND rows.image_id = files.image_id
  AND rows.variant > spans.after AND rows.variant < spans.before
WHERE files.image_id NOT IN ('(missing)', '(other)') AND rows.asset_type <> 'image' AND rows.status_code <> 0
GROUP BY 1, 2
