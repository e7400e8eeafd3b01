-- A day's sums become part of what is frozen of its month; purge_mark, in the same batch, says so, and publish_month adds
-- the days that are left, if there are any. Only of days that purge_until has let go. ?1: date.
INSERT INTO analytics_monthly (
  owner, year_month, requests, bandwidth_bytes, frozen_requests, frozen_bandwidth_bytes
)
SELECT owner, substr(date, 1, 7), requests, bandwidth_bytes, requests, bandwidth_bytes
FROM analytics_days
WHERE date = ?1 AND frozen = 0 AND date < (SELECT value FROM analytics_meta WHERE key = 'purged_before')
ON CONFLICT DO UPDATE SET
  requests               = frozen_requests        + excluded.frozen_requests,
  bandwidth_bytes        = min(frozen_bandwidth_bytes + excluded.frozen_bandwidth_bytes, 9007199254740991),
  frozen_requests        = frozen_requests        + excluded.frozen_requests,
  frozen_bandwidth_bytes = min(frozen_bandwidth_bytes + excluded.frozen_bandwidth_bytes, 9007199254740991)
