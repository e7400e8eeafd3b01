-- ?1: the kind.
SELECT sequence, piece, pieces, body FROM pieces WHERE kind = ?1
