//! Whose figures a report is about, as the statements take them.

use super::auth::Subject;
use super::call::Call;
use super::error::ApiResult;
use crate::domain::owner::{OwnerId, UNKNOWN};
use crate::domain::report::about::About;
use crate::domain::report::overview::{Top, TopRow};
use crate::domain::report::row::Row;
use crate::store::db::Db;
use crate::store::owners;

/// Identifiers of owners, and the names of those that are registered.
pub struct Owners {
    pub ids: Vec<String>,
    /// Whether all are asked for together.
    pub are_all: bool,
    known: Vec<owners::OwnerWithRows>,
    unknown: OwnerId,
}

impl Owners {
    /// # Errors
    ///
    /// When D1 fails.
    pub async fn of(call: &Call, db: &Db, subject: &Subject) -> ApiResult<Self> {
        let known = match subject {
            Subject::One(_) => Vec::new(),
            Subject::All => owners::with_rows(db).await?,
        };
        let ids = match subject {
            Subject::One(readable) => vec![readable.owner.to_string()],
            Subject::All => known.iter().map(|owner| owner.owner.clone()).collect(),
        };
        Ok(Self { ids, are_all: matches!(subject, Subject::All), known, unknown: call.owners()?.unknown() })
    }

    /// Adds the list of owners to an overview of all of them together.
    pub fn list(&self, top: &mut Top, rows: Vec<Row>) {
        let named =
            |row: Row| TopRow { row: Row { value: self.name(&row.value), ..row }, about: About::default() };
        if self.are_all {
            top.lists.insert("owner", rows.into_iter().map(named).collect());
        }
    }

    /// What an owner is called; the identifier itself where nobody is registered under it.
    pub fn name(&self, id: &str) -> String {
        if id == self.unknown.to_string() {
            return UNKNOWN.to_owned();
        }
        let owner = self.known.iter().find(|owner| owner.owner == id);
        owner.and_then(|owner| owner.name.clone()).unwrap_or_else(|| id.to_owned())
    }
}
