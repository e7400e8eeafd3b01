//! `GET /v1/analytics/images/{image_id}`

use worker::Response;

use super::auth::{self, Readable, Subject};
use super::call::{BOM, Call};
use super::error::{ApiError, ApiResult};
use super::parameters::{Days, Format};
use crate::cloudflare::bindings;
use crate::domain::image_id::ImageId;
use crate::domain::media_path::original_key;
use crate::domain::report::image::ImageReport;
use crate::domain::report::row::series;
use crate::domain::scope::Scope;
use crate::store::reports;

const PARAMETERS: [&str; 6] = ["owner", "days", "start", "end", "format", BOM];

#[utoipa::path(
    get,
    path = "/v1/analytics/images/{image_id}",
    operation_id = "get_image",
    description = "Traffic of one image, video or other file. In the path, the id may be percent-encoded.",
    params(
        ("image_id" = String, Path, description = "`album/file`"),
        ("owner" = Option<String>, Query, description = "The owner of the file. For the scope `admin`."),
        Days,
        Format,
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
    let image = ImageId::parse(raw_id)?;
    let Subject::One(readable) = auth::subject(call, caller).await? else {
        return Err(ApiError::bad_request("owner_invalid", "A file belongs to one owner: use owner=<name>."));
    };
    let rows = reports::image(&call.db()?, readable.owner, &image, &range).await?;
    if rows.days.is_empty() && !is_stored(call, &readable, &image).await? {
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
    };
    Ok(format.answer(&report, "image", || report.csv()))
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
