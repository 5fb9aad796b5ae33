//! Memory as the host wants it: one number, length << 32 | address.

use crate::error::{check, Code, Result};
use crate::raw::code;

#[inline]
fn number(address: usize, length: usize) -> u64 {
    if length == 0 {
        return 0;
    }
    (length as u64) << 32 | address as u32 as u64
}

#[inline]
pub(crate) fn text(text: &str) -> u64 {
    number(text.as_ptr() as usize, text.len())
}

#[inline]
pub(crate) fn bytes(bytes: &[u8]) -> u64 {
    number(bytes.as_ptr() as usize, bytes.len())
}

#[inline]
pub(crate) fn out(bytes: &mut [u8]) -> u64 {
    number(bytes.as_mut_ptr() as usize, bytes.len())
}

/// Values whose bytes are all there is to them: integers, floats and arrays of them, and what a module says is so.
/// They are keys and values of maps.
///
/// # Safety
///
/// A type with this trait has no padding, no references, and every pattern of bits is a value of it: a `#[repr(C)]`
/// struct of such fields, with the padding written out as fields.
///
/// ```no_run
/// #[repr(C)]
/// #[derive(Clone, Copy)]
/// struct Key { mntns: u64, pid: u32, padding: u32 }
/// unsafe impl gadget::Plain for Key {}
/// ```
pub unsafe trait Plain: Copy + 'static {}

macro_rules! plain {
    ($($type:ty)*) => { $(unsafe impl Plain for $type {})* };
}
plain!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

#[inline]
pub(crate) fn plain_text<T: Plain>(value: &T) -> u64 {
    number(
        value as *const T as *const u8 as usize,
        std::mem::size_of_val(value),
    )
}

#[inline]
pub(crate) fn plain_out<T: Plain>(value: &mut T) -> u64 {
    number(value as *mut T as usize, std::mem::size_of::<T>())
}

#[inline]
pub(crate) fn slice_out<T: Plain>(values: &mut [T]) -> u64 {
    number(values.as_mut_ptr() as usize, std::mem::size_of_val(values))
}

#[inline]
pub(crate) fn zeroed<T: Plain>() -> T {
    // all bits 0 is a value: the promise of Plain
    unsafe { std::mem::zeroed() }
}

// Up to the first NUL.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|&byte| byte == 0) {
        Some(end) => &bytes[..end],
        None => bytes,
    }
}

const FIRST_BUFFER: usize = 256;
const LARGEST_BUFFER: usize = 1 << 20;

// Text that a v2 function writes to a buffer and tells the length of: with a larger buffer until it fits.
pub(crate) fn fetch(mut call: impl FnMut(u64, *mut u32) -> u32) -> Result<String> {
    let bytes = fetch_bytes(&mut call)?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

pub(crate) fn fetch_bytes(call: &mut dyn FnMut(u64, *mut u32) -> u32) -> Result<Vec<u8>> {
    let mut size = FIRST_BUFFER;
    loop {
        let mut bytes = vec![0u8; size];
        let mut length = 0u32;
        let number = call(out(&mut bytes), &mut length);
        if number == code::TOO_SMALL && size < LARGEST_BUFFER {
            size *= 8;
            continue;
        }
        check(number)?;
        bytes.truncate(length as usize);
        return Ok(bytes);
    }
}

// What stands at 0, 1, 2 … until there is no more.
pub(crate) fn list<T>(mut at: impl FnMut(u32) -> Result<T>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    loop {
        match at(all.len() as u32) {
            Ok(one) => all.push(one),
            Err(error) if error.code == Code::NotFound => return Ok(all),
            Err(error) => return Err(error),
        }
    }
}
