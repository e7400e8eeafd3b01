-- ?1: the kind; ?2: the slot; ?3: the sequence; ?4: which piece; ?5: of how many; ?6: the body.
INSERT OR REPLACE INTO pieces (kind, slot, sequence, piece, pieces, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
