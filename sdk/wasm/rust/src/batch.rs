//! Many events in one call, laid out flat in the module's memory: reading a field is a load.
//!
//! A record is `stride` bytes: u32 verdict, u32 index, then the fields, each aligned to its size. Texts, bytes and
//! arrays are {u32 address, u32 length} of what stands elsewhere in the buffer.

use crate::buffer::slice_out;
use crate::callback::{self, BatchCall, Closure, Outcome};
use crate::error::{check, Code, Error, Result};
use crate::field::{Field, Kind, Scalar};
use crate::raw::{v2, ViewField};
use crate::source::DataSource;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};

const VERDICT_DROP: u32 = 1;
const VERDICT_CHANGED: u32 = 2;
const VERDICT_CUT: u32 = 256;
const WRITABLE: u32 = 1;
const HEADER: u32 = 8; // verdict and index
const REFERENCE: u32 = 8; // address and length

/// Type of columns that are texts, bytes or arrays.
#[derive(Clone, Copy, Debug)]
pub struct Text(());

/// Numbers that can stand in a record.
pub trait Number: Scalar {
    #[doc(hidden)]
    unsafe fn load(at: *const u8) -> Self;
    #[doc(hidden)]
    unsafe fn store(at: *mut u8, value: Self);
}

macro_rules! number {
    ($($type:ty)*) => { $(
        impl Number for $type {
            #[inline(always)]
            unsafe fn load(at: *const u8) -> Self {
                std::ptr::read_unaligned(at as *const $type)
            }
            #[inline(always)]
            unsafe fn store(at: *mut u8, value: Self) {
                std::ptr::write_unaligned(at as *mut $type, value)
            }
        }
    )* };
}
number!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

impl Number for bool {
    #[inline(always)]
    unsafe fn load(at: *const u8) -> Self {
        *at != 0
    }
    #[inline(always)]
    unsafe fn store(at: *mut u8, value: Self) {
        *at = value as u8
    }
}

/// A field of a [`View`]: what [`Batch::reader`] takes.
#[derive(Debug)]
pub struct Column<T> {
    view: u32,
    index: usize,
    marker: PhantomData<fn() -> T>,
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Column<T> {}

/// The fields of a data source that a batch callback wants. *(v2)*
///
/// ```no_run
/// use gadget::{DataSource, View};
///
/// fn init() -> gadget::Result<()> {
///     let source = DataSource::get("open")?;
///     let mut view = View::new(source);
///     let error = view.number::<u32>(source.field("error_raw")?);
///     let path = view.writable_text(source.field("fname")?);
///     view.subscribe(0, 64 * 1024, move |batch| {
///         let (error, path) = (batch.reader(error), batch.reader(path));
///         for record in batch.records() {
///             if record.get(error) == 0 {
///                 record.drop_event();
///             } else if record.bytes(path).starts_with(b"/proc/self/") {
///                 record.set_text(path, "/proc/self");
///             }
///         }
///     })
/// }
/// ```
#[derive(Debug)]
pub struct View {
    id: u32,
    source: DataSource,
    fields: Vec<ViewField>,
    numbers: Vec<u32>, // for each, the size it must have; 0: text
}

impl View {
    /// Of no fields yet.
    pub fn new(source: DataSource) -> View {
        static VIEWS: AtomicU32 = AtomicU32::new(0);
        let id = VIEWS.fetch_add(1, Ordering::Relaxed);
        View {
            id,
            source,
            fields: Vec::new(),
            numbers: Vec::new(),
        }
    }

    fn add<T>(&mut self, field: Field, flags: u32, size: u32) -> Column<T> {
        self.fields.push(ViewField {
            field: field.0,
            flags,
            ..Default::default()
        });
        self.numbers.push(size);
        Column {
            view: self.id,
            index: self.fields.len() - 1,
            marker: PhantomData,
        }
    }

    /// A number, whose size must be that of the field.
    pub fn number<T: Number>(&mut self, field: Field) -> Column<T> {
        self.add(field, 0, std::mem::size_of::<T>() as u32)
    }

    /// A number that the callback may set.
    pub fn writable_number<T: Number>(&mut self, field: Field) -> Column<T> {
        self.add(field, WRITABLE, std::mem::size_of::<T>() as u32)
    }

    /// A text, bytes, or an array.
    pub fn text(&mut self, field: Field) -> Column<Text> {
        self.add(field, 0, 0)
    }

    /// A text or bytes that the callback may set.
    pub fn writable_text(&mut self, field: Field) -> Column<Text> {
        self.add(field, WRITABLE, 0)
    }

    // Kinds of which a record has the address and the length.
    fn is_text(field: u32) -> Result<bool> {
        let info = Field(field).info()?;
        Ok(info.is_array || matches!(info.kind, Kind::String | Kind::CString | Kind::Bytes))
    }

    /// Has `callback` called with as many events at once as there are and as fit into `buffer_size` bytes.
    /// Priorities as with [`DataSource::subscribe`].
    pub fn subscribe<F, R>(self, priority: i32, buffer_size: usize, mut callback: F) -> Result<()>
    where
        F: for<'b> FnMut(&Batch<'b>) -> R + 'static,
        R: Outcome,
    {
        let View {
            id: view,
            source,
            mut fields,
            numbers,
        } = self;
        for (field, size) in fields.iter().zip(&numbers) {
            if field.field != 0 && Self::is_text(field.field)? != (*size == 0) {
                let name = Field(field.field).name()?;
                let message = format!(
                    "field {:?} of a view: a number taken for a text, or a text for a number",
                    name
                );
                return Err(Error::new(Code::Invalid, message));
            }
        }
        // kept until the module ends: the host writes to it
        let mut buffer = vec![0u64; (buffer_size + 7) / 8].into_boxed_slice();
        let buffer_reference = slice_out(&mut buffer);
        Box::leak(buffer);

        // The host fills in the layout while it subscribes; the closure is made before.
        let layout = std::rc::Rc::new(RefCell::new((Vec::new(), 0u32)));
        let of_closure = layout.clone();
        let mut arena = Arena::default();
        let closure = move |call: &BatchCall| {
            let layout = of_closure.borrow();
            arena.clear();
            let batch = Batch {
                view,
                source: call.source,
                records: call.records,
                count: call.count,
                stride: layout.1,
                fields: &layout.0,
                arena: &arena,
                brand: PhantomData,
            };
            callback(&batch).into_error()
        };
        callback::register(Closure::Batch(Box::new(closure)), |id| {
            let mut stride = 0;
            let number = unsafe {
                let count = fields.len() as u32;
                let view = fields.as_mut_ptr();
                v2::subscribe_batch(
                    source.0,
                    priority,
                    id,
                    view,
                    count,
                    buffer_reference,
                    &mut stride,
                )
            };
            check(number)?;
            check_layout(&fields, &numbers, stride)?;
            *layout.borrow_mut() = (std::mem::take(&mut fields), stride);
            Ok(())
        })?;
        Ok(())
    }
}

// What later reads rely on: each column lies within the record and has the size of its type.
fn check_layout(fields: &[ViewField], numbers: &[u32], stride: u32) -> Result<()> {
    for (field, &number) in fields.iter().zip(numbers) {
        let wanted = if number == 0 { REFERENCE } else { number };
        let end = field.offset.checked_add(field.size);
        let is_within =
            field.offset >= HEADER && end.map_or(false, |end| end <= stride) && stride % 8 == 0;
        if field.size != wanted || !is_within {
            let name = Field(field.field).name()?;
            let message = format!(
                "field {:?} of a view has {} bytes, not {}",
                name, field.size, wanted
            );
            return Err(Error::new(Code::Invalid, message));
        }
    }
    Ok(())
}

// Invariant: readers of one batch are no good for another.
type Brand<'b> = PhantomData<Cell<&'b ()>>;

/// The events of one call. `'b` is that call: nothing of it can be kept.
pub struct Batch<'b> {
    view: u32,
    source: DataSource,
    records: *mut u8,
    count: u32,
    stride: u32,
    fields: &'b [ViewField],
    arena: &'b Arena,
    brand: Brand<'b>,
}

/// Where a column stands in the records of one batch. Make it before the loop.
#[derive(Debug)]
pub struct Reader<'b, T> {
    offset: u32,
    brand: Brand<'b>,
    marker: PhantomData<fn() -> T>,
}

impl<T> Clone for Reader<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Reader<'_, T> {}

impl<'b> Batch<'b> {
    /// The data source that the events are of.
    pub fn source(&self) -> DataSource {
        self.source
    }

    /// The number of events.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How to read a column of the view.
    ///
    /// # Panics
    ///
    /// When the column is of another view.
    #[inline]
    pub fn reader<T>(&self, column: Column<T>) -> Reader<'b, T> {
        assert!(column.view == self.view, "a column of another view");
        Reader {
            offset: self.fields[column.index].offset,
            brand: PhantomData,
            marker: PhantomData,
        }
    }

    /// The events, in order.
    #[inline]
    pub fn records(&self) -> impl Iterator<Item = Record<'b>> {
        let (first, stride, arena) = (self.records, self.stride as usize, self.arena);
        (0..self.count as usize).map(move |index| Record {
            at: unsafe { first.add(index * stride) },
            arena,
            brand: PhantomData,
        })
    }
}

/// One event of a batch.
#[derive(Clone, Copy)]
pub struct Record<'b> {
    at: *mut u8,
    arena: &'b Arena,
    brand: Brand<'b>,
}

impl<'b> Record<'b> {
    #[inline(always)]
    fn word(self, offset: u32) -> u32 {
        unsafe { u32::load(self.at.add(offset as usize)) }
    }

    #[inline(always)]
    fn set_word(self, offset: u32, value: u32) {
        unsafe { u32::store(self.at.add(offset as usize), value) }
    }

    /// Its number within what the data source sent at once.
    #[inline]
    pub fn index(self) -> u32 {
        self.word(4)
    }

    /// Whether a text was longer than what fitted into the buffer.
    #[inline]
    pub fn is_cut(self) -> bool {
        self.word(0) & VERDICT_CUT != 0
    }

    /// What was set is not taken over.
    #[inline]
    pub fn discard_changes(self) {
        self.set_word(0, self.word(0) & !VERDICT_CHANGED)
    }

    /// Drops it: later callbacks and the output do not see it.
    #[inline]
    pub fn drop_event(self) {
        self.set_word(0, self.word(0) | VERDICT_DROP)
    }

    /// The value of a number.
    #[inline(always)]
    pub fn get<T: Number>(self, reader: Reader<'b, T>) -> T {
        unsafe { T::load(self.at.add(reader.offset as usize)) }
    }

    /// Sets a number that is writable.
    #[inline]
    pub fn set<T: Number>(self, reader: Reader<'b, T>, value: T) {
        unsafe { T::store(self.at.add(reader.offset as usize), value) }
        self.set_word(0, self.word(0) | VERDICT_CHANGED)
    }

    /// The bytes of a text (without a NUL at its end) or of a field of bytes; of an array, as many bytes as it has
    /// elements: see [`elements`](Self::elements).
    #[inline]
    pub fn bytes(self, reader: Reader<'b, Text>) -> &'b [u8] {
        let (address, length) = (self.word(reader.offset), self.word(reader.offset + 4));
        if length == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(address as usize as *const u8, length as usize) }
    }

    /// A text, with � for what is not UTF-8.
    #[inline]
    pub fn text(self, reader: Reader<'b, Text>) -> Cow<'b, str> {
        String::from_utf8_lossy(self.bytes(reader))
    }

    /// The elements of an array of numbers, whose size must be that of `T`.
    #[inline]
    pub fn elements<T: Number>(self, reader: Reader<'b, Text>) -> impl Iterator<Item = T> + 'b {
        let (address, length) = (
            self.word(reader.offset) as usize,
            self.word(reader.offset + 4),
        );
        let size = std::mem::size_of::<T>();
        (0..length as usize)
            .map(move |index| unsafe { T::load((address + index * size) as *const u8) })
    }

    /// Sets a text that is writable. It is copied.
    #[inline]
    pub fn set_text(self, reader: Reader<'b, Text>, text: &str) {
        self.set_bytes(reader, text.as_bytes())
    }

    /// Sets a text or bytes that are writable. They are copied.
    pub fn set_bytes(self, reader: Reader<'b, Text>, bytes: &[u8]) {
        let address = self.arena.copy(bytes);
        self.set_word(reader.offset, address as usize as u32);
        self.set_word(reader.offset + 4, bytes.len() as u32);
        self.set_word(0, self.word(0) | VERDICT_CHANGED)
    }
}

const CHUNK: usize = 16 * 1024;

// Texts that live until the next batch. Chunks are kept, so that nothing is allocated in the long run.
#[derive(Default)]
struct Arena {
    chunks: RefCell<Vec<Box<[u8]>>>,
    large: RefCell<Vec<Box<[u8]>>>,
    chunk: Cell<usize>,
    used: Cell<usize>,
}

impl Arena {
    fn clear(&mut self) {
        self.large.get_mut().clear();
        self.chunk.set(0);
        self.used.set(0);
    }

    fn copy(&self, bytes: &[u8]) -> *const u8 {
        if bytes.len() > CHUNK / 4 {
            let own: Box<[u8]> = bytes.into();
            let address = own.as_ptr();
            self.large.borrow_mut().push(own);
            return address;
        }
        if self.used.get() + bytes.len() > CHUNK {
            self.chunk.set(self.chunk.get() + 1);
            self.used.set(0);
        }
        let mut chunks = self.chunks.borrow_mut();
        if chunks.len() <= self.chunk.get() {
            chunks.push(vec![0; CHUNK].into_boxed_slice());
        }
        let start = self.used.get();
        let target = &mut chunks[self.chunk.get()][start..start + bytes.len()];
        target.copy_from_slice(bytes);
        self.used.set(start + bytes.len());
        target.as_ptr()
    }
}
