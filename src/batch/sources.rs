//! The sources that are configured: which of them a day is read from, and in what order.

use crate::domain::date::Date;
use crate::domain::reconcile::stated_error;

use super::source::{
    Control, Detail, OwnerTotals, Page, Preference, Result, Source, SourceError, SourceName, SourceOwner,
    SourceRow,
};

/// What a day can be rebuilt from, and checked against.
pub struct Sources<E, Z, K> {
    pub engine: Option<E>,
    pub zone: Option<Z>,
    pub control: Option<K>,
    pub preference: Preference,
    /// Why there is no source at all, for the run's outcome.
    pub missing: &'static str,
}

impl<E: Source, Z: Source, K: Control> Sources<E, Z, K> {
    /// The sources that a day is read from, in order.
    pub fn order(&self) -> Vec<SourceName> {
        let engine = self.engine.is_some() && self.preference != Preference::Zone;
        let zone = self.zone.is_some() && self.preference != Preference::Engine;
        let wanted = [(SourceName::Engine, engine), (SourceName::Zone, zone)];
        wanted.into_iter().filter_map(|(name, wanted)| wanted.then_some(name)).collect()
    }

    /// Whether a source is only for owners' days of which nobody else has anything.
    pub fn only_fills(&self, source: SourceName) -> bool {
        source == SourceName::Zone && self.preference == Preference::Auto
    }

    /// What Analytics Engine counts for a day by its own clock, which is what the control total counts, too; and the error of
    /// it.
    pub async fn by_clock(&self, date: Date) -> Result<(u64, u64)> {
        let Some(engine) = &self.engine else { return Err(unconfigured(SourceName::Engine)) };
        let days = engine.days(date, date).await?;
        let day = days.iter().find(|day| day.date == date);
        Ok(day.map_or((0, 0), |day| (day.requests, stated_error(day.variance))))
    }

    /// [`Source::owners`] of one of them.
    pub async fn owners(
        &self,
        source: SourceName,
        date: Date,
        cursor: Option<&str>,
    ) -> Result<Page<OwnerTotals>> {
        match (source, &self.engine, &self.zone) {
            (SourceName::Engine, Some(engine), _) => engine.owners(date, cursor).await,
            (SourceName::Zone, _, Some(zone)) => zone.owners(date, cursor).await,
            _ => Err(unconfigured(source)),
        }
    }

    /// [`Source::rows`] of one of them; of nobody there are none.
    pub async fn rows(
        &self,
        source: SourceName,
        date: Date,
        owners: &[SourceOwner],
        cursor: Option<&str>,
    ) -> Result<Page<SourceRow>> {
        match (source, &self.engine, &self.zone) {
            _ if owners.is_empty() => Ok(Page { items: Vec::new(), next: None }),
            (SourceName::Engine, Some(engine), _) => engine.rows(date, owners, cursor).await,
            (SourceName::Zone, _, Some(zone)) => zone.rows(date, owners, cursor).await,
            _ => Err(unconfigured(source)),
        }
    }

    /// [`Source::details`] of one of them.
    pub async fn details(
        &self,
        source: SourceName,
        date: Date,
        owners: &[SourceOwner],
        cursor: Option<&str>,
    ) -> Result<Page<Detail>> {
        match (source, &self.engine, &self.zone) {
            (SourceName::Engine, Some(engine), _) => engine.details(date, owners, cursor).await,
            (SourceName::Zone, _, Some(zone)) => zone.details(date, owners, cursor).await,
            _ => Err(unconfigured(source)),
        }
    }
}

/// A run may outlive the configuration that it was begun with. A source that is gone is not one that has no more.
fn unconfigured(source: SourceName) -> SourceError {
    SourceError::Query(format!("the {} is no longer configured", source.as_str()))
}
