//! CSV as spreadsheets read it: UTF-8 with a byte order mark, lines by CR LF (RFC 4180), and no cell
//! that a spreadsheet would take for a formula.

use std::{borrow::Cow, mem};

use app::i18n::Locale;
use csv::{Terminator, Writer, WriterBuilder};

use super::table::{Cell, Lines, PIECE, Record, broken};
use crate::store::Failure;

pub(super) struct Csv {
    writer: Writer<Vec<u8>>,
    locale: Locale,
}

impl Csv {
    /// Begins with the heads of the columns.
    pub(super) fn new<R: Record>(locale: Locale) -> Result<Self, Failure> {
        // Without the mark, Excel reads Chinese in the code page of the system.
        let mut csv = Self { writer: writer("\u{feff}".into()), locale };
        csv.writer.write_record(R::headings(locale)).map_err(broken)?;
        Ok(csv)
    }
}

impl Lines for Csv {
    fn push<R: Record>(&mut self, row: &R) -> Result<Option<Vec<u8>>, Failure> {
        for cell in row.cells(self.locale) {
            self.writer.write_field(written(cell).as_bytes()).map_err(broken)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(broken)?;
        if self.writer.get_ref().len() < PIECE {
            return Ok(None);
        }
        let full = mem::replace(&mut self.writer, writer(Vec::new()));
        Ok(Some(full.into_inner().map_err(broken)?))
    }

    fn rest(self) -> Result<Vec<u8>, Failure> {
        self.writer.into_inner().map_err(broken)
    }
}

fn writer(begun: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(begun)
}

fn written(cell: Cell) -> Cow<'static, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => defused(text).into(),
        Cell::Number(number) => number.to_string().into(),
        // The heading says that it is UTC; spreadsheets read this as a date.
        Cell::Time(at) => {
            let [hour, minute, second] = at.time_of_day();
            format!("{} {hour:02}:{minute:02}:{second:02}", at.date()).into()
        }
    }
}

/// A text that begins like a formula is given an apostrophe, which makes it a text (OWASP, "CSV
/// injection"). The wide signs are those that East Asian keyboards type.
fn defused(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde::Serialize;

    use super::*;

    struct Row(&'static [&'static str]);

    impl Record for Row {
        fn headings(_: Locale) -> Vec<&'static str> {
            vec!["a", "b"]
        }

        fn cells(&self, _: Locale) -> Vec<Cell> {
            self.0.iter().map(|text| Cell::text(*text)).collect()
        }

        fn json(&self) -> impl Serialize {}
    }

    fn file(rows: &[Row]) -> String {
        let mut csv = Csv::new::<Row>(Locale::en).unwrap();
        let mut file = Vec::new();
        for row in rows {
            file.extend(csv.push(row).unwrap().unwrap_or_default());
        }
        file.extend(csv.rest().unwrap());
        String::from_utf8(file).unwrap()
    }

    #[test]
    fn a_file_begins_with_the_mark_and_its_headings_even_when_there_is_no_row() {
        assert_eq!(file(&[]), "\u{feff}a,b\r\n");
    }

    #[test]
    fn commas_quotes_and_lines_within_a_cell_stay_within_it() {
        let rows = [Row(&["a,b", "say \"yes\""]), Row(&["one\ntwo", "中文"]), Row(&["", ""])];
        let expected = "\u{feff}a,b\r\n\"a,b\",\"say \"\"yes\"\"\"\r\n\"one\ntwo\",中文\r\n,\r\n";
        assert_eq!(file(&rows), expected);
    }

    #[test]
    fn nothing_that_begins_like_a_formula_is_one() {
        for text in ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(written(Cell::text(text)), format!("'{text}"));
        }
        for text in ["a=1", "'=1", "1-1", " =1", ""] {
            assert_eq!(written(Cell::text(text)), text);
        }
        assert_eq!(written(Cell::Number(-1)), "-1");
    }

    #[test]
    fn a_long_file_goes_out_in_pieces_that_together_are_the_file() {
        let mut csv = Csv::new::<Row>(Locale::en).unwrap();
        let row = Row(&["0123456789", "0123456789"]);
        let pieces: Vec<_> = (0..10_000).filter_map(|_| csv.push(&row).unwrap()).collect();
        assert!(pieces.len() >= 3 && pieces.iter().all(|piece| piece.len() < 2 * PIECE), "{}", pieces.len());
        let whole = [pieces.concat(), csv.rest().unwrap()].concat();
        assert_eq!(String::from_utf8(whole).unwrap().lines().count(), 10_001);
    }
}
