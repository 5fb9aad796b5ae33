//! What can go wrong.

use crate::buffer;
use crate::raw::{code, v2};
use std::borrow::Cow;
use std::fmt;

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// An argument makes no sense.
    Invalid,
    /// There is nothing of that name, number or key.
    NotFound,
    /// The name is taken.
    Exists,
    /// Not granted, or the kernel refuses.
    Denied,
    /// Not by this host, kernel, map or field.
    Unsupported,
    /// The buffer is smaller than what goes into it; nothing was written.
    TooSmall,
    /// No handle, or one of another type.
    BadHandle,
    /// An address outside of the module's memory.
    Memory,
    /// A limit of the host.
    Limit,
    /// Not at this point of the lifecycle.
    State,
    /// The operation failed; the message says how.
    Io,
    /// Nothing yet.
    Again,
    /// Nothing more.
    End,
    /// A function of version 1, which gives no code.
    Failed,
    /// A number that this crate does not know.
    Other(u32),
}

impl From<u32> for Code {
    fn from(number: u32) -> Code {
        match number {
            code::INVALID => Code::Invalid,
            code::NOT_FOUND => Code::NotFound,
            code::EXISTS => Code::Exists,
            code::DENIED => Code::Denied,
            code::UNSUPPORTED => Code::Unsupported,
            code::TOO_SMALL => Code::TooSmall,
            code::BAD_HANDLE => Code::BadHandle,
            code::MEMORY => Code::Memory,
            code::LIMIT => Code::Limit,
            code::STATE => Code::State,
            code::IO => Code::Io,
            code::AGAIN => Code::Again,
            code::END => Code::End,
            other => Code::Other(other),
        }
    }
}

/// An error of the host, or of the module itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of error it is.
    pub code: Code,
    /// What failed, and why if that is known.
    pub message: Cow<'static, str>,
}

/// What most functions return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the module's own.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Error {
        Error {
            code,
            message: message.into(),
        }
    }

    // Of a v2 function, with the host's message.
    pub(crate) fn of_host(number: u32) -> Error {
        let message = last_error();
        if message.is_empty() {
            return Error::new(Code::from(number), format!("error {}", number));
        }
        Error::new(Code::from(number), message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The message of the last call that failed, of either version: "what failed: why". *(v2)*
pub fn last_error() -> String {
    let mut text = [0u8; 512];
    let length = unsafe { v2::last_error(buffer::out(&mut text)) };
    let length = usize::try_from(length).unwrap_or(0).min(text.len());
    String::from_utf8_lossy(&text[..length]).into_owned()
}

/// Whether the host has this function of `gadget_v2`, such as "subscribeBatch". *(v2)*
///
/// One that it does not have is no error before it is called; it then gives [`Code::Unsupported`].
pub fn has_function(name: &str) -> bool {
    unsafe { v2::has_function(buffer::text(name)) != 0 }
}

// Of a v2 function.
#[inline]
pub(crate) fn check(number: u32) -> Result<()> {
    match number {
        code::OK => Ok(()),
        _ => Err(Error::of_host(number)),
    }
}

// Of a function of version 1 that returns 0 or 1.
#[inline]
pub(crate) fn done(result: u32, what: &'static str) -> Result<()> {
    match result {
        0 => Ok(()),
        _ => Err(Error::new(Code::Failed, what)),
    }
}

// Of a function of version 1 that returns a handle or 0.
#[inline]
pub(crate) fn handle(handle: u32, what: impl FnOnce() -> Cow<'static, str>) -> Result<u32> {
    match handle {
        0 => Err(Error::new(Code::Failed, what())),
        _ => Ok(handle),
    }
}
