//! `GET /v1/analytics/images/{image_id}`

use worker::Response;

use super::auth::{self, Readable, Subject};
use super::call::{BOM, Call, FILTER};
use super::error::{ApiError, ApiResult};
use super::filtered::Filtered;
use super::subject::Owners;
use crate::cloudflare::bindings;
use crate::domain::date_range::DateRange;
use crate::domain::image_id::ImageId;
use crate::domain::media_path::original_key;
use crate::domain::report::image::ImageReport;
use crate::domain::report::row::series;
use crate::domain::scope::Scope;
use crate::store::db::Db;
use crate::store::reports;

const PARAMETERS: [&str; 7] = ["owner", "days", "start", "end", "format", BOM, FILTER];

#[utoipa::path(
    get,
    path = "/v1/analytics/images/{image_id}",
    operation_id = "get_image",
    description = "Traffic of one image, video or other file. In the path, the id may be percent-encoded.",
    params(
        ("image_id" = String, Path, description = "`album/file`"),
        ("owner" = Option<String>, Query, description = "The owner of the file. For the scope `admin`."),
        super::parameters::Days,
        super::parameters::Format,
        ("filter" = Option<Vec<String>>, Query, max_items = 10, description = "As the overview's."),
    ),
    responses(
        (status = 200, content((ImageReport = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call, raw_id: &str) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let range = call.range()?;
    let format = call.format()?;
    let filters = call.filters()?;
    let image = ImageId::parse(raw_id)?;
    let subject = auth::subject(call, caller).await?;
    let Subject::One(readable) = &subject else {
        return Err(ApiError::bad_request("owner_invalid", "A file belongs to one owner: use owner=<name>."));
    };
    let db = call.db()?;
    let (rows, source) = match filters.is_empty() {
        true => (reports::image(&db, readable.owner, &image, &range).await?, None),
        false => {
            let owners = Owners::of(call, &db, &subject).await?;
            let filtered = Filtered::new(call, &subject, &owners, &range, &filters, None)?;
            let (rows, source) = filtered.image(&range, &image).await?;
            (rows, Some(source))
        }
    };
    if rows.days.is_empty() && !exists(call, &db, readable, &image, &range).await? {
        let message = format!("File {:?} doesn't exist.", image.as_str());
        return Err(ApiError::NotFound { code: "image_not_found", message, parameter: Some("image_id") });
    }
    let (totals, daily) = series(&range, &rows.days);
    let report = ImageReport {
        image_id: image.to_string(),
        range: (&range).into(),
        totals,
        daily,
        variants: rows.variant,
        countries: rows.country,
        statuses: rows.status,
        filters: source.is_some().then(|| filters.given().to_vec()),
        source,
    };
    Ok(format.answer(&report, "image", || report.csv()))
}

/// Whether there is such a file, or was on these days.
async fn exists(
    call: &Call,
    db: &Db,
    readable: &Readable,
    image: &ImageId,
    range: &DateRange,
) -> ApiResult<bool> {
    let was_served = !reports::image(db, readable.owner, image, range).await?.days.is_empty();
    Ok(was_served || is_stored(call, readable, image).await?)
}

async fn is_stored(call: &Call, readable: &Readable, image: &ImageId) -> ApiResult<bool> {
    let Some(name) = &readable.name else { return Ok(false) };
    let unavailable = |error: worker::Error| {
        worker::console_error!("R2: {error:?}");
        ApiError::Storage
    };
    let bucket = call.env.bucket(bindings::MEDIA).map_err(unavailable)?;
    Ok(bucket.head(original_key(name, image)).await.map_err(unavailable)?.is_some())
}
