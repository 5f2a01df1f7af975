//! JSON Lines: an object a line, in UTF-8.

use std::mem;

use super::table::{Lines, PIECE, Record, broken};
use crate::store::Failure;

#[derive(Default)]
pub(super) struct JsonLines {
    written: Vec<u8>,
}

impl Lines for JsonLines {
    fn push<R: Record>(&mut self, row: &R) -> Result<Option<Vec<u8>>, Failure> {
        serde_json::to_writer(&mut self.written, &row.json()).map_err(broken)?;
        self.written.push(b'\n');
        Ok((self.written.len() >= PIECE).then(|| mem::take(&mut self.written)))
    }

    fn rest(self) -> Result<Vec<u8>, Failure> {
        Ok(self.written)
    }
}
