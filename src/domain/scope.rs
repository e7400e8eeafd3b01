//! Scopes: what a token permits.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Permissions of a token. `admin` gives full access to all owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Read,
    Write,
    Admin,
}

impl Scope {
    pub fn permits(self, wanted: Self) -> bool {
        self == wanted || self == Self::Admin
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_permits_everything() {
        assert!(Scope::Admin.permits(Scope::Read) && Scope::Read.permits(Scope::Read));
        assert!(!Scope::Read.permits(Scope::Write) && !Scope::Write.permits(Scope::Read));
    }
}
