//! An inventory: what a part of the bucket holds, added up by owner. Not where it is kept, nor how it is listed.

use std::collections::BTreeMap;

use super::media_key::MediaKey;
use super::owner::{OwnerHasher, OwnerId, OwnerName};

/// Bytes and objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
pub struct StorageUsage {
    pub original_bytes: u64,
    pub derived_bytes: u64,
    pub original_objects: u64,
    pub derived_objects: u64,
}

impl StorageUsage {
    fn add(&mut self, bytes: u64, is_derived: bool) {
        let (sum, objects) = if is_derived {
            (&mut self.derived_bytes, &mut self.derived_objects)
        } else {
            (&mut self.original_bytes, &mut self.original_objects)
        };
        *sum += bytes;
        *objects += 1;
    }
}

/// Usage by owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    owners: BTreeMap<OwnerName, StorageUsage>,
    /// Of objects that are nobody's; as originals, since nothing says what they are.
    unattributed: StorageUsage,
    objects: u64,
}

impl Inventory {
    /// Counts an object of `bytes` bytes.
    pub fn add(&mut self, key: &str, bytes: u64) {
        self.objects += 1;
        match MediaKey::parse(key) {
            Some(MediaKey { owner, is_derived }) => {
                self.owners.entry(owner).or_default().add(bytes, is_derived);
            }
            None => self.unattributed.add(bytes, false),
        }
    }

    /// How many objects were counted.
    pub fn objects(&self) -> u64 {
        self.objects
    }

    /// Of these, how many are nobody's.
    pub fn unattributed_objects(&self) -> u64 {
        self.unattributed.original_objects
    }

    /// Usage as it is stored: what is nobody's is the reserved owner's.
    pub fn by_owner(&self, hasher: &OwnerHasher) -> Vec<(OwnerId, StorageUsage)> {
        let unattributed =
            (self.unattributed.original_objects > 0).then(|| (hasher.unknown(), self.unattributed));
        self.owners.iter().map(|(name, usage)| (hasher.id(name), *usage)).chain(unattributed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_once() {
        let mut inventory = Inventory::default();
        for (key, bytes) in [
            ("_derived/alice/a/1/w1", 1),
            ("_derived/bob/a/1/w1", 2),
            ("_tmp/x", 4),
            ("alice/a/1", 8),
            ("alice/a/2", 16),
            ("alice/x", 32),
        ] {
            inventory.add(key, bytes);
        }
        let hasher = OwnerHasher::new("0123456789abcdef");
        let id = |name: &str| hasher.id(&OwnerName::parse(name).unwrap());
        let usage = |original_bytes, derived_bytes, original_objects, derived_objects| StorageUsage {
            original_bytes,
            derived_bytes,
            original_objects,
            derived_objects,
        };
        assert_eq!(
            inventory.by_owner(&hasher),
            [
                (id("alice"), usage(24, 1, 2, 1)),
                (id("bob"), usage(0, 2, 0, 1)),
                (hasher.unknown(), usage(36, 0, 2, 0)),
            ]
        );
        assert_eq!((inventory.objects(), inventory.unattributed_objects()), (6, 2));
        assert_eq!(Inventory::default().by_owner(&hasher), []);
    }
}
