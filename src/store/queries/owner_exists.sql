SELECT EXISTS (SELECT 1 FROM owners WHERE owner = ?1) AS found
