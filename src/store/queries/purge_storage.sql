-- The last snapshot is kept, however old it is. ?1: the first day to keep.
DELETE FROM storage_daily WHERE date < ?1 AND date < (SELECT max(date) FROM storage_snapshots)
