//! What `module!` needs of the crate. Not for authors.

use crate::callback::{self, BatchCall};
use crate::log::{log, Level};
use crate::source::DataSource;
use std::fmt::Display;

// A panic ends in a trap; its message would be lost with standard error.
pub fn initialize() {
    std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string())));
}

pub fn lifecycle<E: Display>(name: &str, result: std::result::Result<(), E>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            crate::error!("{}: {}", name, error);
            1
        }
    }
}

#[inline]
pub fn data(callback: i64, source: i32, data: i32) {
    callback::run_data(callback as u64, DataSource(source as u32), data as u32)
}

pub fn batch(callback: i64, source: i32, records: i32, count: i32) {
    let call = BatchCall {
        source: DataSource(source as u32),
        records: records as u32 as usize as *mut u8,
        count: count.max(0) as u32,
    };
    callback::run_batch(callback as u64, &call)
}

pub fn timer(callback: i64) {
    callback::run_timer(callback as u64)
}

pub fn output(callback: i64, source: i32, data: i32, end: i32) {
    let _ = source; // the closure knows it
    callback::run_output(callback as u64, data as u32, end != 0)
}
