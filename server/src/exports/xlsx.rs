//! An Excel workbook, written to a temporary file: its directory comes last, so that none of it can
//! be sent before all of it is there.

use std::{
    fs::File,
    io::{Seek as _, Write as _},
    mem,
};

use app::i18n::Locale;
use futures::{TryStreamExt as _, stream::BoxStream};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use tokio::task::spawn_blocking;

use super::table::{Cell, Record, broken};
use crate::store::Failure;

/// The workbook with every row, at its start.
pub(super) async fn write<R: Record>(
    rows: &mut BoxStream<'_, Result<R, Failure>>,
    locale: Locale,
) -> Result<File, Failure> {
    let mut book = blocking(move || Book::new(R::headings(locale))).await?;
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.try_next().await? {
        batch.push(row.cells(locale));
        if batch.len() == BATCH {
            let full = mem::replace(&mut batch, Vec::with_capacity(BATCH));
            book = blocking(move || book.with(full)).await?;
        }
    }
    blocking(move || book.with(batch)?.save()).await
}

/// Writes to a disk, which the threads of the other requests must not wait for.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, XlsxError> + Send + 'static,
) -> Result<T, Failure> {
    spawn_blocking(work).await.map_err(broken)?.map_err(broken)
}

struct Book {
    workbook: Workbook,
    headings: Vec<&'static str>,
    /// Rows of the last sheet, the headings among them.
    used: u32,
    head: Format,
    time: Format,
}

impl Book {
    fn new(headings: Vec<&'static str>) -> Result<Self, XlsxError> {
        let head = Format::new().set_bold();
        let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let mut book = Self { workbook: Workbook::new(), headings, used: 0, head, time };
        book.begin_sheet()?;
        Ok(book)
    }

    fn with(mut self, rows: Vec<Vec<Cell>>) -> Result<Self, XlsxError> {
        for row in rows {
            if self.used == ROWS_MOST {
                self.end_sheet()?;
                self.begin_sheet()?;
            }
            let (used, time) = (self.used, self.time.clone());
            let sheet = self.sheet()?;
            for (column, cell) in (0..).zip(row) {
                write_cell(sheet, used, column, cell, &time)?;
            }
            self.used += 1;
        }
        Ok(self)
    }

    fn save(mut self) -> Result<File, XlsxError> {
        self.end_sheet()?;
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(&mut file)?;
        file.flush()?;
        file.rewind()?;
        Ok(file)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, heading) in (0..).zip(&self.headings) {
            sheet.set_column_width(column, COLUMN_WIDTH)?;
            sheet.write_string_with_format(0, column, *heading, &self.head)?;
        }
        self.used = 1;
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let last_row = self.used - 1;
        let last_column = u16::try_from(self.headings.len() - 1).unwrap_or(u16::MAX);
        self.sheet()?.autofilter(0, 0, last_row, last_column)?;
        Ok(())
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        let last = self.workbook.worksheets().len() - 1;
        self.workbook.worksheet_from_index(last)
    }
}

fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: Cell, time: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string(row, column, bounded(text))?;
        }
        #[allow(clippy::cast_precision_loss)] // Excel has no other numbers.
        Cell::Number(number) => {
            sheet.write_number(row, column, number as f64)?;
        }
        Cell::Time(at) => match ExcelDateTime::from_timestamp(at.as_second()) {
            Ok(at) => {
                sheet.write_datetime_with_format(row, column, &at, time)?;
            }
            // Excel has no year before 1900.
            Err(_) => {
                sheet.write_string(row, column, at.to_string())?;
            }
        },
    }
    Ok(())
}

/// What fits into a cell.
fn bounded(text: String) -> String {
    if text.len() < CELL_MOST || text.chars().map(char::len_utf16).sum::<usize>() <= CELL_MOST {
        return text;
    }
    let mut units = 0;
    let fits = text.chars().take_while(|character| {
        units += character.len_utf16();
        units < CELL_MOST
    });
    fits.chain(['…']).collect()
}

/// Rows of a sheet.
const ROWS_MOST: u32 = 1_048_576;

/// UTF-16 units of a cell.
const CELL_MOST: usize = 32_767;

/// Rows that are in memory at once.
const BATCH: usize = 500;

/// In characters.
const COLUMN_WIDTH: u16 = 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_too_long_for_a_cell_ends_with_an_ellipsis() {
        let fits = "字".repeat(CELL_MOST);
        assert_eq!(bounded(fits.clone()), fits);
        let cut = bounded("😀".repeat(20_000));
        assert!(cut.ends_with("😀…") && cut.encode_utf16().count() <= CELL_MOST);
        assert_eq!(bounded("x".repeat(CELL_MOST + 1)).len(), CELL_MOST - 1 + '…'.len_utf8());
    }
}
