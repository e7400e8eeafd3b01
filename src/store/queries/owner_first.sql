-- When the first owner was registered.
SELECT min(created_at) AS created_at FROM owners
