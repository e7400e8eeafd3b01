//! `GET /v1/usage/storage`

use worker::Response;

use super::auth::{self, Subject};
use super::call::{BOM, Call};
use super::error::ApiResult;
use crate::domain::date_range::DateRange;
use crate::domain::owner::OwnerId;
use crate::domain::report::storage::{StorageFreshness, StorageReport, Unattributed, freshness, snapshots};
use crate::domain::scope::Scope;
use crate::store::db::Db;
use crate::store::runs::{self, Kind, State};
use crate::store::storage;

const PARAMETERS: [&str; 6] = ["owner", "days", "start", "end", "format", BOM];

#[utoipa::path(
    get,
    path = "/v1/usage/storage",
    operation_id = "get_storage",
    description = "Originals and derived objects in the bucket, measured every night. Each day is a snapshot; days without one are left out.",
    params(
        ("owner" = Option<String>, Query, description = "The owner, `*` for all owners, or `_unknown` for objects outside any owner's folder. For the scope `admin`."),
        super::parameters::Days,
        super::parameters::Format,
    ),
    responses(
        (status = 200, content((StorageReport = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let range = call.range()?;
    let format = call.format()?;
    let is_admin = caller.is_admin();
    let subject = auth::subject(call, caller).await?;
    let report = report(call, &subject, &range, is_admin).await?;
    Ok(format.answer(&report, "storage", || report.csv()))
}

async fn report(
    call: &Call,
    subject: &Subject,
    range: &DateRange,
    is_admin: bool,
) -> ApiResult<StorageReport> {
    let (db, unknown) = (call.db()?, call.owners()?.unknown());
    let owner = match subject {
        Subject::One(readable) => Some(readable.owner),
        Subject::All => None,
    };
    let (latest, daily) = snapshots(range, &storage::snapshots(&db, owner, range).await?);
    let is_all = owner.is_none();
    Ok(StorageReport {
        range: range.into(),
        latest,
        daily,
        owners: if is_all { Some(storage::owners(&db, unknown).await?) } else { None },
        unattributed: if is_all { Some(unattributed(&db, unknown, range).await?) } else { None },
        freshness: current(call, &db, is_admin).await?,
    })
}

async fn unattributed(db: &Db, unknown: OwnerId, range: &DateRange) -> ApiResult<Unattributed> {
    let (latest, _) = snapshots(range, &storage::snapshots(db, Some(unknown), range).await?);
    let figures = latest.map(|latest| latest.figures).unwrap_or_default();
    Ok(Unattributed { bytes: figures.total_bytes, objects: figures.objects })
}

async fn current(call: &Call, db: &Db, is_admin: bool) -> ApiResult<StorageFreshness> {
    let latest = storage::latest(db).await?;
    let published = latest.as_ref().map_or(0, |latest| latest.run);
    let last = runs::last(db, Kind::Storage).await?;
    let failed = last.filter(|run| run.state == State::Failed && run.id > published);
    let error = failed.map(|run| run.error.or(run.outcome).unwrap_or_default());
    Ok(freshness(latest.map(|latest| latest.measured_at), error.as_deref(), call.now, is_admin))
}
