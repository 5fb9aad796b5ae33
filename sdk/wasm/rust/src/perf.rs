//! Perf buffers.

use crate::buffer::out;
use crate::error::{done, handle, Code, Error, Result};
use crate::map::Map;
use crate::raw::ig;

/// Reads samples of a perf event array. It is closed when it is dropped.
#[derive(Debug)]
pub struct PerfReader {
    reader: u32,
}

const READ: i32 = 0;
const NOTHING: i32 = 2;

impl PerfReader {
    /// With `size` bytes for each CPU. An overwritable buffer keeps the newest samples and is read while it is
    /// [paused](Self::pause); of another one, [`read`](Self::read) waits for a sample.
    pub fn new(map: &Map, size: u32, overwritable: bool) -> Result<PerfReader> {
        let reader = unsafe { ig::new_perf_reader(map.handle(), size, overwritable as u32) };
        handle(reader, || "making a perf reader".into()).map(|reader| PerfReader { reader })
    }

    /// Stops writing.
    pub fn pause(&self) -> Result<()> {
        done(
            unsafe { ig::perf_reader_pause(self.reader) },
            "pausing a perf reader",
        )
    }

    /// Writes again.
    pub fn resume(&self) -> Result<()> {
        done(
            unsafe { ig::perf_reader_resume(self.reader) },
            "resuming a perf reader",
        )
    }

    /// Copies one sample to `buffer`, with the padding at its end. `false`: there is none.
    pub fn read(&self, buffer: &mut [u8]) -> Result<bool> {
        match unsafe { ig::perf_reader_read(self.reader, out(buffer)) } {
            READ => Ok(true),
            NOTHING => Ok(false),
            _ => Err(Error::new(Code::Failed, "reading a perf reader")),
        }
    }
}

impl PerfReader {
    /// Closes it, as dropping it does.
    pub fn close(self) -> Result<()> {
        let result = unsafe { ig::perf_reader_close(self.reader) };
        std::mem::forget(self);
        done(result, "closing a perf reader")
    }
}

impl Drop for PerfReader {
    fn drop(&mut self) {
        unsafe { ig::perf_reader_close(self.reader) };
    }
}
