//! Parameters that several endpoints have, or whose choices the code lists, as `openapi.json` describes them. They are read in
//! `call.rs` and by the handlers; the bounds are the same there.

use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::breakdown::OWNER;
use super::call::{BOM, DEFAULT_PAGE, MAX_PAGE};
use crate::domain::date_range::{DEFAULT_DAYS, MAX_DAYS};
use crate::domain::dimension::Dimension;

/// Whose figures, where files are listed by their names.
pub struct Owner;

/// What a breakdown is by.
pub struct By;

/// The days of a report.
pub struct Days;

/// Which part of a list.
pub struct Page;

/// JSON or CSV.
pub struct Format;

impl IntoParams for Owner {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The owner, or `*` for all owners, where files with the same path are combined. For the scope `admin`.";
        vec![query("owner", description, text())]
    }
}

impl IntoParams for By {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "`owner` needs `owner=*` and does not take `complete`; `user_agent` and `ip` need \
                           `ANALYTICS_PRIVACY=full`.";
        let choices = Dimension::ALL.into_iter().map(Dimension::as_str).chain([OWNER]);
        let schema = text().enum_values(Some(choices));
        let by = ParameterBuilder::new()
            .name("dimension")
            .parameter_in(ParameterIn::Path)
            .required(Required::True);
        vec![by.description(Some(description)).schema(Some(schema)).build()]
    }
}

impl IntoParams for Days {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let date = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
        let days = "The number of UTC days up to today. The default is lower where fewer days are kept.";
        let end = format!("Last day, YYYY-MM-DD, inclusive. At most {MAX_DAYS} days from `start`.");
        vec![
            query("days", days, number(1, MAX_DAYS, DEFAULT_DAYS)),
            query("start", "First day, YYYY-MM-DD. Needs `end`, excludes `days`.", date()),
            query("end", &end, date()),
        ]
    }
}

impl IntoParams for Page {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            query("limit", "Most entries to return.", number(1, MAX_PAGE, DEFAULT_PAGE)),
            query("offset", "Entries to skip first.", number(0, u32::MAX, 0)),
        ]
    }
}

impl IntoParams for Format {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let format = "By default `json`, or `csv` when the request's `Accept` has `text/csv`. In CSV, `section` names the list that a \
                      row belongs to; no row is the sum of others.";
        let bom = "`false` leaves out the byte order mark with which CSV begins, so that spreadsheets read it as UTF-8.";
        let switch = ObjectBuilder::new().schema_type(Type::Boolean).default(Some(true.into()));
        vec![query("format", format, text().enum_values(Some(["json", "csv"]))), query(BOM, bom, switch)]
    }
}

fn query(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number(least: u32, most: u32, default: u32) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(least))
        .maximum(Some(most))
        .default(Some(default.into()))
}
