//! Fields of events.

use crate::buffer::{bytes, fetch, out, text, until_nul};
use crate::data::Data;
use crate::error::{check, done, Code, Error, Result};
use crate::raw::{ig, v2};
use std::borrow::Cow;

/// A field of a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Field(pub u32);

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum Kind {
    Invalid = 0,
    Bool = 1,
    Int8 = 2,
    Int16 = 3,
    Int32 = 4,
    Int64 = 5,
    Uint8 = 6,
    Uint16 = 7,
    Uint32 = 8,
    Uint64 = 9,
    Float32 = 10,
    Float64 = 11,
    /// Text of any length.
    String = 12,
    /// Text in a block of fixed size, up to a NUL.
    CString = 13,
    Bytes = 14,
}

const KIND_ARRAY: u32 = 0x1000_0000;
const KINDS: [Kind; 15] = [
    Kind::Invalid,
    Kind::Bool,
    Kind::Int8,
    Kind::Int16,
    Kind::Int32,
    Kind::Int64,
    Kind::Uint8,
    Kind::Uint16,
    Kind::Uint32,
    Kind::Uint64,
    Kind::Float32,
    Kind::Float64,
    Kind::String,
    Kind::CString,
    Kind::Bytes,
];

/// What [`Field::info`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// Of an element.
    pub kind: Kind,
    /// Whether it is an array.
    pub is_array: bool,
    /// Flags of the host.
    pub flags: u32,
    /// Bytes of an element.
    pub size: u32,
    /// Elements; 0: each event has its own number of them.
    pub elements: u32,
    /// Bytes from one element to the next.
    pub stride: u32,
    /// Whether it is a struct, whose members are fields of their own.
    pub is_struct: bool,
}

mod sealed {
    pub trait Sealed {}
}

/// Numbers and `bool`: what [`Field::get`] and [`Field::set`] take. The size must be that of the field.
pub trait Scalar: sealed::Sealed + Copy + 'static {
    /// Its kind.
    const KIND: Kind;
    #[doc(hidden)]
    fn from_bits(bits: u64) -> Self;
    #[doc(hidden)]
    fn bits(self) -> u64;
}

macro_rules! scalar {
    ($($type:ty, $kind:ident, $from:expr, $to:expr;)*) => { $(
        impl sealed::Sealed for $type {}
        impl Scalar for $type {
            const KIND: Kind = Kind::$kind;
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                $from(bits)
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                $to(self)
            }
        }
    )* };
}

scalar! {
    bool, Bool, |bits| bits != 0, |value| value as u64;
    i8, Int8, |bits| bits as i8, |value| value as i64 as u64;
    i16, Int16, |bits| bits as i16, |value| value as i64 as u64;
    i32, Int32, |bits| bits as i32, |value| value as i64 as u64;
    i64, Int64, |bits| bits as i64, |value| value as u64;
    u8, Uint8, |bits| bits as u8, |value| value as u64;
    u16, Uint16, |bits| bits as u16, |value| value as u64;
    u32, Uint32, |bits| bits as u32, |value| value as u64;
    u64, Uint64, |bits| bits, |value| value;
    f32, Float32, |bits| f32::from_bits(bits as u32), |value: f32| value.to_bits() as u64;
    f64, Float64, f64::from_bits, f64::to_bits;
}

impl Field {
    /// Its value, a number: `let pid: u32 = field.get(data)?`. Nothing is allocated.
    #[inline]
    pub fn get<T: Scalar>(self, data: Data) -> Result<T> {
        let mut error = 0u32;
        let address = &mut error as *mut u32 as usize as u32;
        let bits = unsafe { ig::field_get_scalar(self.0, data.0, T::KIND as u32, address) };
        if error != 0 {
            return Err(Error::new(Code::Failed, "reading a field"));
        }
        Ok(T::from_bits(bits))
    }

    /// Gives it a number.
    #[inline]
    pub fn set<T: Scalar>(self, data: Data, value: T) -> Result<()> {
        let result = unsafe { ig::field_set(self.0, data.0, T::KIND as u32, value.bits()) };
        done(result, "setting a field")
    }

    /// Its bytes, whatever its kind, in `buffer`. Fails when that is too small. Nothing is allocated.
    #[inline]
    pub fn bytes(self, data: Data, buffer: &mut [u8]) -> Result<&[u8]> {
        let count =
            unsafe { ig::field_get_buffer(self.0, data.0, Kind::Bytes as u32, out(buffer)) };
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => Ok(&buffer[..count]),
            _ => Err(Error::new(Code::Failed, "reading the bytes of a field")),
        }
    }

    /// Its text up to a NUL. Only one that is not UTF-8 is allocated: with � for what is not.
    #[inline]
    pub fn text(self, data: Data, buffer: &mut [u8]) -> Result<Cow<'_, str>> {
        self.bytes(data, buffer)
            .map(|bytes| String::from_utf8_lossy(until_nul(bytes)))
    }

    /// Its text up to a NUL, of at most `size` bytes.
    pub fn string(self, data: Data, size: usize) -> Result<String> {
        let mut buffer = vec![0; size];
        self.text(data, &mut buffer).map(Cow::into_owned)
    }

    /// Gives it a text. One that is longer than a field of fixed size is an error.
    #[inline]
    pub fn set_text(self, data: Data, value: &str) -> Result<()> {
        let result = unsafe { ig::field_set(self.0, data.0, Kind::String as u32, text(value)) };
        done(result, "setting the text of a field")
    }

    /// Gives it bytes. The size must be that of a field of fixed size.
    #[inline]
    pub fn set_bytes(self, data: Data, value: &[u8]) -> Result<()> {
        let result = unsafe { ig::field_set(self.0, data.0, Kind::Bytes as u32, bytes(value)) };
        done(result, "setting the bytes of a field")
    }

    /// Adds a tag.
    pub fn add_tag(self, tag: &str) -> Result<()> {
        done(
            unsafe { ig::field_add_tag(self.0, text(tag)) },
            "adding a tag",
        )
    }

    /// Its full name. *(v2)*
    pub fn name(self) -> Result<String> {
        fetch(|out, length| unsafe { v2::field_name(self.0, out, length) })
    }

    /// What it holds. *(v2)*
    pub fn info(self) -> Result<FieldInfo> {
        let mut words = [0u32; 6];
        check(unsafe { v2::field_info(self.0, crate::buffer::slice_out(&mut words)) })?;
        let kind = KINDS.get((words[0] & !KIND_ARRAY) as usize);
        Ok(FieldInfo {
            kind: kind.copied().unwrap_or(Kind::Invalid),
            is_array: words[0] & KIND_ARRAY != 0,
            flags: words[1],
            size: words[2],
            elements: words[3],
            stride: words[4],
            is_struct: words[5] != 0,
        })
    }

    /// Sets an annotation: `columns.hidden`, `columns.width`, `columns.alignment`, `description` … Until `pre_start`
    /// ends. *(v2)*
    pub fn set_attribute(self, key: &str, value: &str) -> Result<()> {
        check(unsafe { v2::field_set_attribute(self.0, text(key), text(value)) })
    }

    /// An annotation; [`Code::NotFound`] when it is not set. *(v2)*
    pub fn attribute(self, key: &str) -> Result<String> {
        fetch(|out, length| unsafe { v2::field_get_attribute(self.0, text(key), out, length) })
    }

    /// Hides or shows it. Until `pre_start` ends. *(v2)*
    pub fn set_hidden(self, hidden: bool) -> Result<()> {
        self.set_attribute("columns.hidden", if hidden { "true" } else { "false" })
    }

    /// Fields are shown in ascending order; the default is 0. Until `pre_start` ends. *(v2)*
    pub fn set_order(self, order: i32) -> Result<()> {
        check(unsafe { v2::field_set_order(self.0, order) })
    }

    /// It is not shown in any output, nor are its members. It can still be read. Until `pre_start` ends. *(v2)*
    pub fn remove(self) -> Result<()> {
        check(unsafe { v2::field_remove(self.0) })
    }

    /// The number of elements of an array in this event. *(v2)*
    pub fn len(self, data: Data) -> Result<u32> {
        let mut length = 0;
        check(unsafe { v2::field_length(self.0, data.0, &mut length) })?;
        Ok(length)
    }

    /// Gives a list this many elements, all zero or empty. *(v2)*
    pub fn set_len(self, data: Data, length: u32) -> Result<()> {
        check(unsafe { v2::field_set_length(self.0, data.0, length) })
    }

    /// An element of an array. In an array of structs, the field is the member. *(v2)*
    #[inline]
    pub fn get_at<T: Scalar>(self, data: Data, index: u32) -> Result<T> {
        let mut bits = 0;
        check(unsafe { v2::element_get(self.0, data.0, index, T::KIND as u32, &mut bits) })?;
        Ok(T::from_bits(bits))
    }

    /// Sets an element of an array. *(v2)*
    #[inline]
    pub fn set_at<T: Scalar>(self, data: Data, index: u32, value: T) -> Result<()> {
        let kind = T::KIND as u32;
        check(unsafe { v2::element_set(self.0, data.0, index, kind, value.bits()) })
    }

    /// Gives a list these elements, and no others. *(v2)*
    ///
    /// ```no_run
    /// # fn example(ports: gadget::Field, data: gadget::Data) -> gadget::Result<()> {
    /// ports.set_all(data, &[80u16, 443])
    /// # }
    /// ```
    pub fn set_all<T: Scalar>(self, data: Data, values: &[T]) -> Result<()> {
        self.set_len(data, values.len() as u32)?;
        for (index, value) in values.iter().enumerate() {
            self.set_at(data, index as u32, *value)?;
        }
        Ok(())
    }

    /// The bytes of an element, in `buffer`. *(v2)*
    pub fn bytes_at(self, data: Data, index: u32, buffer: &mut [u8]) -> Result<&[u8]> {
        let mut length = 0;
        check(unsafe { v2::element_get_buffer(self.0, data.0, index, out(buffer), &mut length) })?;
        let length = (length as usize).min(buffer.len());
        Ok(&buffer[..length])
    }

    /// The text of an element up to a NUL. *(v2)*
    pub fn text_at(self, data: Data, index: u32, buffer: &mut [u8]) -> Result<Cow<'_, str>> {
        self.bytes_at(data, index, buffer)
            .map(|bytes| String::from_utf8_lossy(until_nul(bytes)))
    }

    /// Sets the text of an element. *(v2)*
    pub fn set_text_at(self, data: Data, index: u32, value: &str) -> Result<()> {
        check(unsafe { v2::element_set_buffer(self.0, data.0, index, text(value)) })
    }

    /// Sets the bytes of an element. *(v2)*
    pub fn set_bytes_at(self, data: Data, index: u32, value: &[u8]) -> Result<()> {
        check(unsafe { v2::element_set_buffer(self.0, data.0, index, bytes(value)) })
    }

    /// Gives a list these texts, and no others. *(v2)*
    pub fn set_all_texts<T: AsRef<str>>(self, data: Data, values: &[T]) -> Result<()> {
        self.set_len(data, values.len() as u32)?;
        for (index, value) in values.iter().enumerate() {
            self.set_text_at(data, index as u32, value.as_ref())?;
        }
        Ok(())
    }
}
