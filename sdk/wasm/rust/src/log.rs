//! Messages to whoever runs the gadget.

use crate::buffer;
use crate::raw::ig;

/// How important a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// What went wrong.
    Error = 0,
    /// What looks wrong.
    Warn = 1,
    /// What is good to know.
    Info = 2,
    /// What helps to find mistakes.
    Debug = 3,
    /// Everything.
    Trace = 4,
}

/// Logs a message. The macros [`error!`](crate::error!), [`warn!`](crate::warn!), [`info!`](crate::info!),
/// [`debug!`](crate::debug!) and [`trace!`](crate::trace!) format one, if it is shown at all.
pub fn log(level: Level, message: &str) {
    unsafe { ig::gadget_log(level as u32, buffer::text(message)) }
}

/// Whether messages of this level are shown.
pub fn should_log(level: Level) -> bool {
    unsafe { ig::gadget_should_log(level as u32) == 1 }
}

/// Formats and logs a message of a level that is given first.
#[macro_export]
macro_rules! log_at {
    ($level:expr, $($argument:tt)+) => {{
        let level = $level;
        if $crate::should_log(level) {
            $crate::log(level, &::std::format!($($argument)+));
        }
    }};
}

/// Logs an error, formatted as by `format!`.
#[macro_export]
macro_rules! error { ($($argument:tt)+) => { $crate::log_at!($crate::Level::Error, $($argument)+) }; }

/// Logs a warning, formatted as by `format!`.
#[macro_export]
macro_rules! warn { ($($argument:tt)+) => { $crate::log_at!($crate::Level::Warn, $($argument)+) }; }

/// Logs a message, formatted as by `format!`.
#[macro_export]
macro_rules! info { ($($argument:tt)+) => { $crate::log_at!($crate::Level::Info, $($argument)+) }; }

/// Logs a message for finding mistakes, formatted as by `format!`.
#[macro_export]
macro_rules! debug { ($($argument:tt)+) => { $crate::log_at!($crate::Level::Debug, $($argument)+) }; }

/// Logs a detail, formatted as by `format!`.
#[macro_export]
macro_rules! trace { ($($argument:tt)+) => { $crate::log_at!($crate::Level::Trace, $($argument)+) }; }
