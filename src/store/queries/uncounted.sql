SELECT coalesce(sum(requests), 0) AS requests FROM analytics_uncounted_daily WHERE date BETWEEN ?1 AND ?2
