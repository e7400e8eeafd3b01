SELECT owner, name, created_at FROM owners ORDER BY name LIMIT ?1 OFFSET ?2
