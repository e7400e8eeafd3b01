//! Reports as CSV (RFC 4180), safe to open in a spreadsheet.

use std::borrow::Cow;

use super::about::About;
use super::row::{Day, Row};
use super::source::Source;
use crate::domain::filter::Filter;

/// The columns of a report with days. A column is never renamed or moved; further ones come last.
const COLUMNS: [&str; 14] = [
    "section",
    "value",
    "requests",
    "bandwidth_bytes",
    "name",
    "cache_hits",
    "cache_misses",
    "errors",
    "crawler_requests",
    "bytes_saved",
    "source",
    "estimated",
    "operator",
    "class",
];

/// A CSV text that is being written. No row is the sum of others: in a pivot table it would count twice.
pub struct Csv {
    writer: csv::Writer<Vec<u8>>,
    columns: usize,
}

impl Csv {
    pub(super) fn new(header: &[&str]) -> Self {
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let mut csv = Self { writer, columns: header.len() };
        csv.record(header);
        csv
    }

    /// A report with its days: they have every column, the rows of lists the first ones.
    pub fn report(daily: &[Day]) -> Self {
        let mut csv = Self::new(&COLUMNS);
        csv.days("daily", daily);
        csv
    }

    /// A line; columns that are not given are empty.
    pub(super) fn record(&mut self, fields: &[impl AsRef<str>]) {
        let missing = self.columns.saturating_sub(fields.len());
        let fields = fields.iter().map(AsRef::as_ref).chain(std::iter::repeat_n("", missing)).map(defuse);
        let fields = fields.map(Cow::into_owned);
        self.writer
            .write_record(fields)
            .expect("writing to memory, and all records have the header's length");
    }

    /// Rows, each with what is known of its value.
    pub fn rows<'a>(&mut self, section: &str, rows: impl IntoIterator<Item = (&'a Row, About)>) {
        for (row, about) in rows {
            let (requests, bytes) = (row.requests.to_string(), row.bandwidth_bytes.to_string());
            let mut record = vec![section, &row.value[..], &requests, &bytes, about.name.unwrap_or_default()];
            if let Some(class) = about.class {
                record.resize(COLUMNS.len() - 2, "");
                record.extend([about.operator.unwrap_or_default(), class]);
            }
            self.record(&record);
        }
    }

    /// What a report is about, and how exact it is: a file has to say so itself.
    pub fn provenance(&mut self, filters: Option<&[Filter]>, source: Option<&Source>) {
        for filter in filters.unwrap_or_default() {
            self.record(&["filter", &filter.to_string()]);
        }
        if let Some(source) = source {
            self.record(&["source", &source.to_string()]);
        }
    }

    pub fn days(&mut self, section: &str, days: &[Day]) {
        for day in days {
            self.record(&[
                section.to_owned(),
                day.date.to_string(),
                day.requests.to_string(),
                day.bandwidth_bytes.to_string(),
                String::new(),
                day.cache_hits.to_string(),
                day.cache_misses.to_string(),
                day.errors.to_string(),
                day.crawler_requests.map(|requests| requests.to_string()).unwrap_or_default(),
                day.bytes_saved.to_string(),
                day.source.as_str().to_owned(),
                day.estimated.to_string(),
            ]);
        }
    }

    pub fn finish(self) -> String {
        let bytes = self.writer.into_inner().expect("writing to memory");
        String::from_utf8(bytes).expect("all fields are UTF-8")
    }
}

/// A field that a spreadsheet would take for a formula begins with an apostrophe instead. A negative number is none.
fn defuse(field: &str) -> Cow<'_, str> {
    let is_negative = field.strip_prefix('-').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit() || it == b'.')
    });
    if !is_negative && field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date::Date;
    use crate::domain::report::row::DaySource;
    use std::collections::BTreeSet;

    #[test]
    fn days_have_every_field_that_they_have_in_json() {
        let day = Day {
            date: Date::parse("2026-11-20").unwrap(),
            requests: 1,
            bandwidth_bytes: 2,
            cache_hits: 3,
            cache_misses: 4,
            errors: 5,
            crawler_requests: None,
            bytes_saved: -7,
            source: DaySource::Engine,
            estimated: true,
        };
        let fields = serde_json::to_value(&day).unwrap();
        let fields: BTreeSet<&str> = fields.as_object().unwrap().keys().map(String::as_str).collect();
        let columns: BTreeSet<&str> =
            COLUMNS.into_iter().filter(|it| !["section", "name", "operator", "class"].contains(it)).collect();
        assert_eq!(columns, fields.into_iter().map(|it| if it == "date" { "value" } else { it }).collect());
        assert_eq!(
            Csv::report(&[day]).finish(),
            format!("{}\r\ndaily,2026-11-20,1,2,,3,4,5,,-7,engine,true,,\r\n", COLUMNS.join(","))
        );
    }

    #[test]
    fn fields_are_quoted_and_formulas_defused() {
        let mut csv = Csv::new(&COLUMNS[..5]);
        for value in ["plain", "a,b", "say \"hi\"", "=1+1", "@x", "-1", "-1+1", "+1", "\tx", "ä"] {
            csv.rows(
                "image",
                [(&Row { value: value.into(), requests: 1, bandwidth_bytes: 2 }, About::default())],
            );
        }
        assert_eq!(
            csv.finish(),
            "section,value,requests,bandwidth_bytes,name\r\n\
             image,plain,1,2,\r\n\
             image,\"a,b\",1,2,\r\n\
             image,\"say \"\"hi\"\"\",1,2,\r\n\
             image,'=1+1,1,2,\r\n\
             image,'@x,1,2,\r\n\
             image,-1,1,2,\r\n\
             image,'-1+1,1,2,\r\n\
             image,'+1,1,2,\r\n\
             image,'\tx,1,2,\r\n\
             image,ä,1,2,\r\n"
        );
    }
}
