//! Output modes: the module writes the text.

use crate::buffer::text;
use crate::data::{Data, DataArray};
use crate::error::{check, Result};
use crate::raw::v2;
use std::fmt;

/// What an output mode is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// An event, of a data source of single events.
    Data(Data),
    /// An array, of a data source of arrays.
    Array(DataArray),
    /// There are no more.
    End,
}

/// Takes the text of an output mode: use it with `write!`. What was written goes to the host in pieces of some size,
/// the last one when the callback returns.
#[derive(Debug)]
pub struct Output {
    pending: String,
}

const PIECE: usize = 4096;

impl Output {
    pub(crate) fn new() -> Output {
        Output {
            pending: String::new(),
        }
    }

    /// Writes text.
    pub fn write(&mut self, piece: &str) -> Result<()> {
        if self.pending.len() + piece.len() > PIECE {
            self.flush()?;
        }
        if piece.len() > PIECE {
            return check(unsafe { v2::output_write(text(piece)) });
        }
        self.pending.push_str(piece);
        Ok(())
    }

    /// Sends what was written to the host now.
    pub fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let number = unsafe { v2::output_write(text(&self.pending)) };
        self.pending.clear();
        check(number)
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.write(piece).map_err(|_| fmt::Error)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            crate::warn!("output: {}", error);
        }
    }
}
