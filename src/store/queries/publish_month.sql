-- A month is what is frozen of it, plus the days that are still there. ?1: YYYY-MM.
INSERT INTO analytics_monthly (
  owner, year_month, requests, bandwidth_bytes, frozen_requests, frozen_bandwidth_bytes
)
SELECT owner, ?1, sum(requests), min(total(bandwidth_bytes), 9007199254740991), 0, 0
FROM analytics_days
WHERE date BETWEEN ?1 || '-01' AND ?1 || '-31' AND frozen = 0
GROUP BY owner
ON CONFLICT DO UPDATE SET
  requests        = frozen_requests        + excluded.requests,
  bandwidth_bytes = min(frozen_bandwidth_bytes + excluded.bandwidth_bytes, 9007199254740991)
WHERE (requests, bandwidth_bytes)
  IS NOT (frozen_requests + excluded.requests, min(frozen_bandwidth_bytes + excluded.bandwidth_bytes, 9007199254740991))
