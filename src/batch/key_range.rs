//! Reading groups page by page from an API that has neither cursors nor comparisons of whole keys.
//!
//! Groups come in the order of their keys. A full page may end within a path: its last path is dropped and begins the next
//! page. Where one path alone fills a page, its countries are read one range after the other, and where one country does,
//! its statuses. So each group is told once, and none is left out.
//!
//! A day may have to be asked for in several slices of time. The slices of a page are asked for the same range, and what
//! lies beyond the point up to which all of them are complete is dropped from all of them.

use serde::{Deserialize, Serialize};

use super::source::{Result, SourceError};
use crate::cloudflare::zone_requests::{Column, Filter, Group};

/// Where a page begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Values of the key's first columns, which every group of the page has.
    within: Vec<String>,
    /// Where the page begins in the column after those.
    from: Option<Bound>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Bound {
    value: String,
    /// Whether groups with the value itself are still to be read.
    inclusive: bool,
}

impl Position {
    /// From a path on.
    pub fn path(path: &str) -> Self {
        Self { within: Vec::new(), from: Some(Bound { value: path.to_owned(), inclusive: true }) }
    }

    /// The path that the page begins with or after; `None` at the very beginning.
    pub fn first_path(&self) -> Option<&str> {
        self.within.first().or_else(|| self.from.as_ref().map(|from| &from.value)).map(String::as_str)
    }

    /// Whether the page is within one path.
    pub fn is_within_path(&self) -> bool {
        !self.within.is_empty()
    }

    /// The condition of a page. `before` is the end of the paths that are wanted at all.
    pub fn filter(&self, columns: &[Column], filter: Filter, before: Option<&str>) -> Filter {
        let mut filter = filter;
        for (column, value) in columns.iter().zip(&self.within) {
            filter = filter.and(*column, "", value);
        }
        if let (Some(column), Some(from)) = (columns.get(self.within.len()), &self.from) {
            filter = filter.and(*column, if from.inclusive { "_geq" } else { "_gt" }, &from.value);
        }
        match before {
            Some(path) if self.within.is_empty() => filter.and(Column::Path, "_lt", path),
            _ => filter,
        }
    }

    /// From a page's slices, of which one with `limit` groups is full: the groups that it tells, and where the next page
    /// begins.
    ///
    /// # Errors
    ///
    /// [`SourceError::Unreadable`] when the groups are not the ones that were asked for, in order.
    pub fn page(
        self,
        columns: &[Column],
        slices: Vec<Vec<Group>>,
        limit: usize,
    ) -> Result<(Vec<Group>, Option<Self>)> {
        let Some(column) = columns.get(self.within.len()).copied() else {
            return Err(SourceError::Query("the cursor is of another query".to_owned()));
        };
        for slice in &slices {
            self.check(columns, slice)?;
        }
        let is_last_column = self.within.len() + 1 == columns.len();
        let full = slices.iter().filter(|slice| slice.len() >= limit);
        let shortest =
            full.filter_map(|slice| Some((slice.last()?.value(column), slice.first()?.value(column)))).min();
        let Some((last, first)) = shortest else {
            return Ok((slices.into_iter().flatten().collect(), self.above()));
        };
        let is_told = |group: &Group| {
            let value = group.value(column);
            if is_last_column { value <= last } else { value < last }
        };
        let groups = slices.into_iter().flatten().filter(is_told).collect();
        let next = if is_last_column {
            Self { from: Some(Bound { value: last, inclusive: false }), ..self }
        } else if first < last {
            Self { from: Some(Bound { value: last, inclusive: true }), ..self }
        } else {
            let mut within = self.within;
            within.push(last);
            Self { within, from: None }
        };
        Ok((groups, Some(next)))
    }

    /// After the last of the columns that are held to a value; `None` when there is none, and everything is read.
    fn above(mut self) -> Option<Self> {
        let value = self.within.pop()?;
        Some(Self { within: self.within, from: Some(Bound { value, inclusive: false }) })
    }

    fn check(&self, columns: &[Column], slice: &[Group]) -> Result<()> {
        let key = |group: &Group| columns.iter().map(|column| group.value(*column)).collect::<Vec<_>>();
        let rises = slice.is_sorted_by(|one, next| key(one) < key(next));
        let begins = slice.first().map(key).is_none_or(|first| {
            let (within, rest) = first.split_at(self.within.len());
            let after = self.from.as_ref().is_none_or(|from| match from.inclusive {
                true => rest.first() >= Some(&from.value),
                false => rest.first() > Some(&from.value),
            });
            within == self.within && after
        });
        match rises && begins {
            true => Ok(()),
            false => Err(SourceError::Unreadable("the groups are not in the order of their keys".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[Column::Path, Column::Country, Column::Status];

    fn group((path, country, status): (&str, &str, u16)) -> Group {
        let dimensions =
            json!({"clientRequestPath": path, "clientCountryName": country, "edgeResponseStatus": status});
        let group = json!({"count": 1, "sum": {"edgeResponseBytes": 1}, "dimensions": dimensions});
        serde_json::from_value(group).unwrap()
    }

    fn position(within: &[&str], from: Option<(&str, bool)>) -> Position {
        let bound = |(value, inclusive): (&str, bool)| Bound { value: value.to_owned(), inclusive };
        Position { within: within.iter().map(|it| (*it).to_owned()).collect(), from: from.map(bound) }
    }

    fn page(at: Position, slices: &[&[(&str, &str, u16)]]) -> Result<(usize, Option<Position>)> {
        let slices = slices.iter().map(|slice| slice.iter().copied().map(group).collect()).collect();
        at.page(COLUMNS, slices, 3).map(|(groups, next)| (groups.len(), next))
    }

    #[test]
    fn pages() {
        let start = Position::default;
        for (why, at, slices, told, next) in [
            ("nothing", start(), &[&[][..]][..], 0, None),
            ("not full", start(), &[&[("/a", "DE", 200), ("/b", "DE", 200)]], 2, None),
            (
                "the last path is dropped",
                start(),
                &[&[("/a", "DE", 200), ("/b", "DE", 200), ("/b", "FR", 200)]],
                1,
                Some(position(&[], Some(("/b", true)))),
            ),
            (
                "a path of its own page",
                position(&[], Some(("/b", true))),
                &[&[("/b", "DE", 200), ("/b", "DE", 404), ("/b", "FR", 200)]],
                0,
                Some(position(&["/b"], None)),
            ),
            (
                "its countries",
                position(&["/b"], None),
                &[&[("/b", "DE", 200), ("/b", "DE", 404), ("/b", "FR", 200)]],
                2,
                Some(position(&["/b"], Some(("FR", true)))),
            ),
            (
                "a country of its own page",
                position(&["/b"], Some(("FR", true))),
                &[&[("/b", "FR", 200), ("/b", "FR", 206), ("/b", "FR", 404)]],
                0,
                Some(position(&["/b", "FR"], None)),
            ),
            (
                "its statuses",
                position(&["/b", "FR"], None),
                &[&[("/b", "FR", 200), ("/b", "FR", 206), ("/b", "FR", 404)]],
                3,
                Some(position(&["/b", "FR"], Some(("404", false)))),
            ),
            (
                "the next country",
                position(&["/b", "FR"], Some(("404", false))),
                &[&[("/b", "FR", 500)]],
                1,
                Some(position(&["/b"], Some(("FR", false)))),
            ),
            (
                "the next path",
                position(&["/b"], Some(("FR", false))),
                &[&[]],
                0,
                Some(position(&[], Some(("/b", false)))),
            ),
            (
                "as far as every slice is complete",
                start(),
                &[
                    &[("/a", "DE", 200), ("/b", "DE", 200), ("/d", "DE", 200)],
                    &[("/a", "DE", 200), ("/c", "DE", 200), ("/c", "FR", 200)],
                    &[("/b", "DE", 200), ("/e", "DE", 200)],
                ],
                4,
                Some(position(&[], Some(("/c", true)))),
            ),
        ] {
            assert_eq!(page(at, slices), Ok((told, next)), "{why}");
        }
    }

    #[test]
    fn groups_that_were_not_asked_for_are_refused() {
        for (at, slice) in [
            (Position::default(), &[("/b", "DE", 200), ("/a", "DE", 200)][..]),
            (Position::default(), &[("/b", "DE", 200), ("/b", "DE", 200)]),
            (Position::default(), &[("/b", "FR", 200), ("/b", "DE", 200)]),
            (Position::path("/b"), &[("/a", "DE", 200)]),
            (position(&["/b"], Some(("FR", false))), &[("/b", "FR", 200)]),
            (position(&["/b"], None), &[("/c", "FR", 200)]),
        ] {
            assert!(matches!(page(at.clone(), &[slice]), Err(SourceError::Unreadable(_))), "{at:?}");
        }
        let of_another_query = position(&["/b", "DE", "200"], None);
        assert!(matches!(page(of_another_query, &[]), Err(SourceError::Query(_))));
    }
}
