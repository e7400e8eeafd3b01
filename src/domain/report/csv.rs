//! Reports as CSV (RFC 4180), safe to open in a spreadsheet.

use std::borrow::Cow;

use super::row::{Day, Row, Totals};
use super::source::Source;
use crate::domain::filter::Filter;

/// A CSV text that is being written.
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

    /// A report, `section,value,requests,bandwidth_bytes`, with its totals and days.
    pub fn report(totals: &Totals, daily: &[Day]) -> Self {
        let mut csv = Self::new(&["section", "value", "requests", "bandwidth_bytes"]);
        csv.days("totals", totals, "daily", daily);
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

    pub fn rows<'a>(&mut self, section: &str, rows: impl IntoIterator<Item = &'a Row>) {
        for row in rows {
            self.record(&[section, &row.value, &row.requests.to_string(), &row.bandwidth_bytes.to_string()]);
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

    /// Some days, and what they have together.
    pub fn days(&mut self, totals_section: &str, totals: &Totals, section: &str, days: &[Day]) {
        let (requests, bytes) = (totals.requests.to_string(), totals.bandwidth_bytes.to_string());
        self.record(&[totals_section, "", &requests, &bytes]);
        for day in days {
            let (requests, bytes) = (day.requests.to_string(), day.bandwidth_bytes.to_string());
            self.record(&[section, &day.date.to_string(), &requests, &bytes]);
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

    #[test]
    fn fields_are_quoted_and_formulas_defused() {
        let mut csv = Csv::new(&["section", "value", "requests", "bandwidth_bytes"]);
        for value in ["plain", "a,b", "say \"hi\"", "=1+1", "@x", "-1", "-1+1", "+1", "\tx", "ä"] {
            csv.rows("image", &[Row { value: value.into(), requests: 1, bandwidth_bytes: 2 }]);
        }
        assert_eq!(
            csv.finish(),
            "section,value,requests,bandwidth_bytes\r\n\
             image,plain,1,2\r\n\
             image,\"a,b\",1,2\r\n\
             image,\"say \"\"hi\"\"\",1,2\r\n\
             image,'=1+1,1,2\r\n\
             image,'@x,1,2\r\n\
             image,-1,1,2\r\n\
             image,'-1+1,1,2\r\n\
             image,'+1,1,2\r\n\
             image,'\tx,1,2\r\n\
             image,ä,1,2\r\n"
        );
    }
}
