//! Files and the network, as far as the metadata asks for them and the user grants it.

use crate::buffer::{bytes, out, text};
use crate::error::{check, Code, Error, Result};
use crate::raw::{code, v2};
use std::io;
use std::time::Duration;

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match error.code {
            Code::NotFound => io::ErrorKind::NotFound,
            Code::Exists => io::ErrorKind::AlreadyExists,
            Code::Denied => io::ErrorKind::PermissionDenied,
            Code::Invalid => io::ErrorKind::InvalidInput,
            Code::Again => io::ErrorKind::WouldBlock,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// How to open a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    flags: u32,
}

const READ: u32 = 1;
const WRITE: u32 = 2;
const CREATE: u32 = 4;
const TRUNCATE: u32 = 8;
const APPEND: u32 = 16;

impl OpenOptions {
    /// Not for anything yet.
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    fn with(self, flag: u32) -> OpenOptions {
        OpenOptions {
            flags: self.flags | flag,
        }
    }

    /// For reading.
    pub fn read(self) -> OpenOptions {
        self.with(READ)
    }

    /// For writing.
    pub fn write(self) -> OpenOptions {
        self.with(WRITE)
    }

    /// Made if there is none.
    pub fn create(self) -> OpenOptions {
        self.with(CREATE)
    }

    /// Emptied.
    pub fn truncate(self) -> OpenOptions {
        self.with(TRUNCATE)
    }

    /// Written to at its end.
    pub fn append(self) -> OpenOptions {
        self.with(APPEND)
    }

    /// Opens a file below a granted path; [`Code::Denied`] for others. *(v2)*
    pub fn open(self, path: &str) -> Result<File> {
        let mut file = 0;
        check(unsafe { v2::file_open(text(path), self.flags, &mut file) })?;
        Ok(File { file })
    }
}

/// A file. It is closed when it is dropped.
///
/// ```no_run
/// use std::io::Read;
///
/// # fn example() -> std::io::Result<()> {
/// let mut text = String::new();
/// gadget::File::open("/etc/hostname")?.read_to_string(&mut text)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct File {
    file: u32,
}

impl File {
    /// Opens a file for reading. *(v2)*
    pub fn open(path: &str) -> Result<File> {
        OpenOptions::new().read().open(path)
    }

    /// Opens a file for writing; it is made or emptied. *(v2)*
    pub fn create(path: &str) -> Result<File> {
        OpenOptions::new().write().create().truncate().open(path)
    }

    /// Reads to `buffer`; 0 at the end of the file. *(v2)*
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut count = 0;
        match unsafe { v2::file_read(self.file, out(buffer), &mut count) } {
            code::END => Ok(0),
            number => check(number).map(|()| count as usize),
        }
    }

    /// Writes some of the bytes and says how many. *(v2)*
    pub fn write(&mut self, data: &[u8]) -> Result<usize> {
        let mut count = 0;
        check(unsafe { v2::file_write(self.file, bytes(data), &mut count) })?;
        Ok(count as usize)
    }

    /// Goes on at this byte. *(v2)*
    pub fn seek(&mut self, position: u64) -> Result<()> {
        check(unsafe { v2::file_seek(self.file, position) })
    }
}

impl io::Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(File::read(self, buffer)?)
    }
}

impl io::Write for File {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(File::write(self, data)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        unsafe { v2::release(self.file) };
    }
}

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum Protocol {
    Tcp = 0,
    Udp = 1,
}

/// A connection. It is closed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    socket: u32,
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

impl Socket {
    /// Connects to a granted address, such as `10.0.0.1:53` or `[::1]:53`; [`Code::Denied`] for others. *(v2)*
    pub fn connect(address: &str, protocol: Protocol, timeout: Duration) -> Result<Socket> {
        let mut socket = 0;
        let timeout = milliseconds(timeout);
        check(unsafe { v2::net_connect(text(address), protocol as u32, timeout, &mut socket) })?;
        Ok(Socket { socket })
    }

    /// Sends some of the bytes and says how many. *(v2)*
    pub fn send(&mut self, data: &[u8]) -> Result<usize> {
        let mut count = 0;
        check(unsafe { v2::net_send(self.socket, bytes(data), &mut count) })?;
        Ok(count as usize)
    }

    /// Receives to `buffer`: 0 when the other side closed, [`Code::Again`] when nothing came in time. *(v2)*
    pub fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize> {
        let mut count = 0;
        let timeout = milliseconds(timeout);
        match unsafe { v2::net_receive(self.socket, out(buffer), timeout, &mut count) } {
            code::END => Ok(0),
            number => check(number).map(|()| count as usize),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        unsafe { v2::release(self.socket) };
    }
}
