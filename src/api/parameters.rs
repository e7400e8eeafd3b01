//! Parameters that several endpoints have, or whose choices the code lists, as `openapi.json` describes them. They are read in
//! `call.rs` and by the handlers; the bounds told here are those that hold there.

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
        let description = "With the scope `admin`: whose figures; `*` for all owners together. `image`, `video` and `other` \
                           then add up files of the same name, whosever they are.";
        vec![query("owner", description, text())]
    }
}

impl IntoParams for By {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "`owner` with `owner=*` alone, without `complete` and `filter`; `user_agent` and `ip` where \
                           privacy is `full`.";
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
        let days = "The last so many UTC days, today among them; by default fewer where fewer are kept.";
        let end = format!("Last day, YYYY-MM-DD, inclusive; at most {MAX_DAYS} days with the first.");
        vec![
            query("days", days, number(1, MAX_DAYS, DEFAULT_DAYS)),
            query("start", "First day, YYYY-MM-DD; with `end` and without `days`.", date()),
            query("end", &end, date()),
        ]
    }
}

impl IntoParams for Page {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            query("limit", "How many entries of the list.", number(1, MAX_PAGE, DEFAULT_PAGE)),
            query("offset", "How many entries to leave out before them.", number(0, u32::MAX, 0)),
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
