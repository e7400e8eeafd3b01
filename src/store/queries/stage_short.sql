-- A source whose rows add up to less than it was decided on: how many owners' do. ?1: the run; ?2: date.
SELECT source, count(*) AS owners
FROM aggregation_staged AS staged
WHERE run = ?1 AND reported_run = ?1 AND requests - error > (
  SELECT coalesce(sum(rows.requests), 0) FROM analytics_daily AS rows
  WHERE rows.owner = staged.owner AND rows.date = ?2 AND rows.run = ?1
)
GROUP BY source
LIMIT 1
