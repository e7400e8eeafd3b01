//! What a report is compared with: the earlier days, or why there are none.

use super::call::Call;
use super::error::ApiResult;
use crate::domain::comparison::{ComparedDays, Comparison};
use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::store::db::Db;
use crate::store::status;

/// The parameter.
pub const COMPARE: &str = "compare";

/// What the request compares with, if it compares.
///
/// # Errors
///
/// 400 for anything else.
pub fn asked(call: &Call) -> ApiResult<Option<Comparison>> {
    Ok(call.parameter(COMPARE).map(Comparison::parse).transpose()?)
}

/// The earlier days, or why they cannot be reported. `oldest` is the first day that the source has, if
/// it does not have all.
pub fn earlier(
    call: &Call,
    compare: Comparison,
    range: &DateRange,
    oldest: Option<Date>,
) -> Result<DateRange, String> {
    let retention = call.config.retention_days;
    let Some(earlier) = compare.range(range, call.today(), retention) else {
        return Err(format!("The previous period is older than the {retention} days we keep."));
    };
    match oldest {
        Some(oldest) if earlier.start() < oldest => {
            Err("The previous period is older than Analytics Engine keeps.".to_owned())
        }
        _ => Ok(earlier),
    }
}

/// The complete days of the range and their counterparts, or why there are none; `None` where nothing is compared.
///
/// # Errors
///
/// When D1 fails.
pub async fn days(
    call: &Call,
    db: &Db,
    compare: Option<Comparison>,
    range: &DateRange,
    oldest: Option<Date>,
) -> ApiResult<Option<Result<ComparedDays, String>>> {
    let Some(compare) = compare else { return Ok(None) };
    let earlier = match earlier(call, compare, range, oldest) {
        Ok(earlier) => earlier,
        Err(reason) => return Ok(Some(Err(reason))),
    };
    let (known, today) = (status::known(db, &range.back_to(earlier.start())).await?, call.today());
    let days = ComparedDays::of(range, &earlier, today, |date| known.is_known(date, today));
    Ok(Some(days.map_err(|reason| reason.to_string())))
}
