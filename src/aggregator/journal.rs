//! What an aggregator stores: a journal of what it has decided since its last snapshot.
//!
//! The journal is a ring of rows that are overwritten, since deletes are billed as writes are. A value of the object's storage
//! has at most 2 MB, so that a longer one is stored in pieces, which all belong to one transaction: writes without an await
//! between them are one.

/// Rows of the ring.
const SLOTS: u64 = 256;
/// Flushes after which a snapshot is due, so that a restart takes less than a second.
const MAX_FLUSHES: usize = 8_000;
/// Pieces of one group at most: there is always room for the next one.
const MAX_PIECES: u64 = 32;
/// The longest piece, in bytes.
pub const MAX_PIECE: usize = 1_800_000;

/// What a stored row is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Journal,
    Snapshot,
    /// Up to where D1 has everything.
    Published,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Snapshot => "snapshot",
            Self::Published => "published",
        }
    }
}

/// A stored row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its place among all pieces of the journal that there ever were; of a snapshot, the place of the last piece that is in it.
    pub sequence: u64,
    /// Which piece it is, from 0.
    pub piece: u32,
    /// Of how many.
    pub pieces: u32,
    pub body: Vec<u8>,
}

/// Why storage failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object's storage: {0}")]
pub struct StorageError(pub String);

/// The object's own storage. It answers at once.
pub trait Storage {
    /// All rows of a kind.
    ///
    /// # Errors
    ///
    /// When storage fails, as for [`Self::write`].
    fn read(&self, kind: Kind) -> Result<Vec<Piece>, StorageError>;

    /// Writes a row in place of the one in this slot. Rows that are written in one turn are stored together or not at all.
    fn write(&self, kind: Kind, slot: u64, piece: &Piece) -> Result<(), StorageError>;
}

/// Where the journal stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// Pieces that were ever written.
    sequence: u64,
    /// The last piece that is in the snapshot.
    snapshot: u64,
    /// The last piece that is known to be in D1, with all before it.
    published: u64,
    flushes: usize,
}

/// What was found in storage.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub snapshot: Option<Saved>,
    /// What was decided since, in order.
    pub groups: Vec<Saved>,
}

/// What was stored together.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved {
    pub bytes: Vec<u8>,
    /// D1 has all of it.
    pub is_published: bool,
}

impl Journal {
    /// Finds out where the journal stands, and reads it.
    ///
    /// # Errors
    ///
    /// When storage fails, or holds something else.
    pub fn open(storage: &impl Storage) -> Result<(Self, Stored), StorageError> {
        let published = storage.read(Kind::Published)?.first().map(|it| it.sequence).unwrap_or_default();
        let mut pieces = storage.read(Kind::Snapshot)?;
        let latest = pieces.iter().map(|it| it.sequence).max();
        pieces.retain(|it| Some(it.sequence) == latest);
        let snapshot = latest.unwrap_or_default();
        let mut stored = Stored { snapshot: saved(pieces, published)?, groups: Vec::new() };
        let mut pieces = storage.read(Kind::Journal)?;
        pieces.retain(|it| it.sequence > snapshot);
        pieces.sort_unstable_by_key(|it| it.sequence);
        let sequence = snapshot + pieces.len() as u64;
        if pieces.last().is_some_and(|last| last.sequence != sequence) {
            return Err(StorageError("the journal has a gap".to_owned()));
        }
        let mut groups: Vec<Vec<Piece>> = Vec::new();
        for piece in pieces {
            match groups.last_mut() {
                Some(group) if piece.piece > 0 => group.push(piece),
                _ => groups.push(vec![piece]),
            }
        }
        for group in groups {
            stored.groups.extend(saved(group, published)?);
        }
        let flushes = stored.groups.len();
        Ok((Self { sequence, snapshot, published, flushes }, stored))
    }

    /// Stores what was decided, which stands for so many flushes; and all of the state, before the ring is full.
    ///
    /// # Errors
    ///
    /// When storage fails. What is in memory is then ahead of it, and has to be given up.
    pub fn write(
        &mut self,
        storage: &impl Storage,
        (group, flushes): (&[u8], usize),
        state: impl FnOnce() -> Vec<u8>,
    ) -> Result<(), StorageError> {
        let pieces = cut(group, |piece| self.sequence + 1 + u64::from(piece));
        for piece in &pieces {
            storage.write(Kind::Journal, piece.sequence % SLOTS, piece)?;
        }
        self.sequence += pieces.len() as u64;
        self.flushes += flushes;
        if self.sequence - self.snapshot > SLOTS - MAX_PIECES || self.flushes > MAX_FLUSHES {
            self.write_snapshot(storage, &state())?;
        }
        Ok(())
    }

    /// Remembers that D1 has all that was stored so far.
    ///
    /// # Errors
    ///
    /// When storage fails, which does no harm: what D1 has is published again.
    pub fn published(&mut self, storage: &impl Storage) -> Result<(), StorageError> {
        if self.published < self.sequence {
            let piece = Piece { sequence: self.sequence, piece: 0, pieces: 1, body: Vec::new() };
            storage.write(Kind::Published, 0, &piece)?;
            self.published = self.sequence;
        }
        Ok(())
    }

    fn write_snapshot(&mut self, storage: &impl Storage, state: &[u8]) -> Result<(), StorageError> {
        for piece in cut(state, |_| self.sequence) {
            storage.write(Kind::Snapshot, u64::from(piece.piece), &piece)?;
        }
        self.snapshot = self.sequence;
        self.flushes = 0;
        Ok(())
    }
}

fn cut(bytes: &[u8], sequence: impl Fn(u32) -> u64) -> Vec<Piece> {
    let pieces = bytes.chunks(MAX_PIECE).count() as u32;
    let piece =
        |(piece, body): (u32, &[u8])| Piece { sequence: sequence(piece), piece, pieces, body: body.to_vec() };
    (0..).zip(bytes.chunks(MAX_PIECE)).map(piece).collect()
}

/// What was cut into these pieces; none where there are no pieces.
fn saved(mut pieces: Vec<Piece>, published: u64) -> Result<Option<Saved>, StorageError> {
    pieces.sort_unstable_by_key(|it| it.piece);
    let Some(first) = pieces.first() else { return Ok(None) };
    let is_whole = first.pieces as usize == pieces.len()
        && (0..).zip(&pieces).all(|(place, piece)| piece.piece == place && piece.pieces == first.pieces);
    if !is_whole {
        return Err(StorageError("a piece is missing".to_owned()));
    }
    let is_published = pieces.iter().all(|piece| piece.sequence <= published);
    Ok(Some(Saved { bytes: pieces.into_iter().flat_map(|piece| piece.body).collect(), is_published }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Memory(RefCell<BTreeMap<(Kind, u64), Piece>>);

    impl Storage for Memory {
        fn read(&self, kind: Kind) -> Result<Vec<Piece>, StorageError> {
            Ok(self.0.borrow().iter().filter(|((of, _), _)| *of == kind).map(|(_, it)| it.clone()).collect())
        }

        fn write(&self, kind: Kind, slot: u64, piece: &Piece) -> Result<(), StorageError> {
            assert!(piece.body.len() <= MAX_PIECE);
            self.0.borrow_mut().insert((kind, slot), piece.clone());
            Ok(())
        }
    }

    /// Whatever is written, long or short: the last snapshot and all groups since are read again.
    #[test]
    fn what_was_written_is_read() {
        let storage = Memory::default();
        let mut journal = Journal::default();
        let mut expected = Stored::default();
        for number in 0..600u32 {
            let length = if number % 97 == 0 { 2 * MAX_PIECE + 5 } else { 30 };
            let group: Vec<u8> = number.to_le_bytes().into_iter().cycle().take(length).collect();
            let state = vec![number as u8; 100 + 3 * (number as usize % 7) * MAX_PIECE / 4];
            let mut is_snapshot = false;
            journal
                .write(&storage, (&group, 1), || {
                    is_snapshot = true;
                    state.clone()
                })
                .unwrap();
            let unpublished = |bytes| Saved { bytes, is_published: false };
            if is_snapshot {
                expected = Stored { snapshot: Some(unpublished(state)), groups: Vec::new() };
            } else {
                expected.groups.push(unpublished(group));
            }
            if number % 7 == 0 {
                journal.published(&storage).unwrap();
                expected
                    .snapshot
                    .iter_mut()
                    .chain(&mut expected.groups)
                    .for_each(|it| it.is_published = true);
            }
            if number % 50 == 0 {
                let (opened, stored) = Journal::open(&storage).unwrap();
                assert_eq!(stored, expected, "{number}");
                assert_eq!(
                    (opened.sequence, opened.snapshot, opened.published),
                    (journal.sequence, journal.snapshot, journal.published)
                );
                journal = opened;
            }
        }
        assert!(
            storage.0.borrow().keys().filter(|(kind, _)| *kind == Kind::Journal).count() <= SLOTS as usize
        );
    }

    #[test]
    fn many_flushes_make_a_snapshot_before_the_ring_is_full() {
        let (storage, mut journal) = (Memory::default(), Journal::default());
        journal.write(&storage, (&[1], MAX_FLUSHES), Vec::new).unwrap();
        journal.write(&storage, (&[1], 1), || vec![2]).unwrap();
        let (_, stored) = Journal::open(&storage).unwrap();
        let snapshot = Some(Saved { bytes: vec![2], is_published: false });
        assert_eq!(stored, Stored { snapshot, groups: Vec::new() });
    }

    #[test]
    fn what_is_incomplete_is_not_taken_for_whole() {
        let (storage, mut journal) = (Memory::default(), Journal::default());
        for _ in 0..4 {
            journal.write(&storage, (&[7; MAX_PIECE + 1], 1), Vec::new).unwrap();
        }
        storage.0.borrow_mut().remove(&(Kind::Journal, 4));
        assert!(Journal::open(&storage).is_err());
    }
}
