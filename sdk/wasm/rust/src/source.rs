//! Data sources.

use crate::buffer::{fetch, list, text};
use crate::callback::{self, Closure, Outcome};
use crate::data::{Data, DataArray, Packet, PacketArray, PacketSingle};
use crate::error::{check, done, handle, Error, Result};
use crate::field::{Field, Kind};
use crate::output::{Item, Output};
use crate::raw::{ig, v2};

/// A data source: what events or arrays of one kind come from, with its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct DataSource(pub u32);

/// What a data source sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum SourceType {
    /// Single events.
    Single = 1,
    /// Arrays of rows.
    Array = 2,
}

// Types of dataSourceSubscribe.
const EACH_DATA: u32 = 1;
const EACH_ARRAY: u32 = 2;
const EACH_PACKET: u32 = 3;

impl DataSource {
    /// Finds a data source. Each call makes a handle: do it once.
    pub fn get(name: &str) -> Result<DataSource> {
        let source = unsafe { ig::get_data_source(text(name)) };
        handle(source, || {
            format!("data source {:?} not found", name).into()
        })
        .map(DataSource)
    }

    /// Makes a data source, in `init` only. One of the same name is replaced.
    pub fn new(name: &str, source_type: SourceType) -> Result<DataSource> {
        let source = unsafe { ig::new_data_source(text(name), source_type as u32) };
        handle(source, || format!("making data source {:?}", name).into()).map(DataSource)
    }

    /// All data sources. Makes a handle for each. *(v2)*
    pub fn all() -> Result<Vec<DataSource>> {
        list(|index| {
            let mut source = 0;
            check(unsafe { v2::source_at(index, &mut source) })?;
            Ok(DataSource(source))
        })
    }

    /// Its name. *(v2)*
    pub fn name(self) -> Result<String> {
        fetch(|out, length| unsafe { v2::source_name(self.0, out, length) })
    }

    /// What it sends. *(v2)*
    pub fn source_type(self) -> Result<SourceType> {
        let mut source_type = 0;
        check(unsafe { v2::source_type(self.0, &mut source_type) })?;
        Ok(if source_type == SourceType::Array as u32 {
            SourceType::Array
        } else {
            SourceType::Single
        })
    }

    /// Sets an annotation, such as `cli.default-output-mode`. Until `pre_start` ends. *(v2)*
    pub fn set_attribute(self, key: &str, value: &str) -> Result<()> {
        check(unsafe { v2::source_set_attribute(self.0, text(key), text(value)) })
    }

    /// Finds a field by its full name, such as `proc.pid`. Each call makes a handle: do it once.
    pub fn field(self, name: &str) -> Result<Field> {
        let field = unsafe { ig::data_source_get_field(self.0, text(name)) };
        handle(field, || format!("field {:?} not found", name).into()).map(Field)
    }

    /// Its fields, in order of declaration. Makes a handle for each. *(v2)*
    pub fn fields(self) -> Result<Vec<Field>> {
        list(|index| {
            let mut field = 0;
            check(unsafe { v2::field_at(self.0, index, &mut field) })?;
            Ok(Field(field))
        })
    }

    /// Adds a field, in `init` and `pre_start` only.
    pub fn add_field(self, name: &str, kind: Kind) -> Result<Field> {
        let field = unsafe { ig::data_source_add_field(self.0, text(name), kind as u32) };
        handle(field, || format!("adding field {:?}", name).into()).map(Field)
    }

    /// Adds a field that is shown behind another one. In `init` and `pre_start` only. *(v2)*
    pub fn add_field_after(self, name: &str, kind: Kind, after: Field) -> Result<Field> {
        self.add(name, kind, false, after)
    }

    /// Adds a field of as many elements as each event gives it ([`Field::set_len`]), shown behind `after` if that is
    /// given. In `init` and `pre_start` only. *(v2)*
    pub fn add_list(self, name: &str, kind: Kind, after: Option<Field>) -> Result<Field> {
        self.add(name, kind, true, after.unwrap_or(Field(0)))
    }

    fn add(self, name: &str, kind: Kind, list: bool, after: Field) -> Result<Field> {
        let mut field = 0;
        let number = unsafe {
            v2::field_add(
                self.0,
                text(name),
                kind as u32,
                list as u32,
                after.0,
                &mut field,
            )
        };
        check(number).map(|()| Field(field))
    }

    /// Has `callback` called for each event, or each row of an array. Lower priorities come first: up to 0 before
    /// texts of addresses, times and the like are made; up to 9000 before the filter; above after the limit.
    ///
    /// The closure returns nothing or a `Result`, whose error is logged.
    pub fn subscribe<F, R>(self, priority: i32, mut callback: F) -> Result<()>
    where
        F: FnMut(DataSource, Data) -> R + 'static,
        R: Outcome,
    {
        self.subscribe_type(EACH_DATA, priority, move |source, handle| {
            callback(source, Data(handle)).into_error()
        })
    }

    /// Has `callback` called for each array of a data source of arrays. Priorities as with
    /// [`subscribe`](Self::subscribe).
    pub fn subscribe_array<F, R>(self, priority: i32, mut callback: F) -> Result<()>
    where
        F: FnMut(DataSource, DataArray) -> R + 'static,
        R: Outcome,
    {
        self.subscribe_type(EACH_ARRAY, priority, move |source, handle| {
            callback(source, DataArray(handle)).into_error()
        })
    }

    /// Has `callback` called for each packet: an event or an array. Priorities as with
    /// [`subscribe`](Self::subscribe).
    pub fn subscribe_packet<F, R>(self, priority: i32, mut callback: F) -> Result<()>
    where
        F: FnMut(DataSource, Packet) -> R + 'static,
        R: Outcome,
    {
        self.subscribe_type(EACH_PACKET, priority, move |source, handle| {
            callback(source, Packet(handle)).into_error()
        })
    }

    fn subscribe_type(
        self,
        subscription: u32,
        priority: i32,
        callback: impl FnMut(DataSource, u32) -> Option<String> + 'static,
    ) -> Result<()> {
        callback::register(Closure::Data(Box::new(callback)), |id| {
            let result = unsafe { ig::data_source_subscribe(self.0, subscription, priority, id) };
            done(result, "subscribing to a data source")
        })?;
        Ok(())
    }

    /// A new event, for a data source of single events.
    pub fn new_packet(self) -> Result<PacketSingle> {
        let packet = unsafe { ig::data_source_new_packet_single(self.0) };
        let packet = handle(packet, || "making an event".into())?;
        Ok(PacketSingle {
            source: self,
            packet,
        })
    }

    /// A new array without rows, for a data source of arrays.
    pub fn new_array(self) -> Result<PacketArray> {
        let packet = unsafe { ig::data_source_new_packet_array(self.0) };
        let packet = handle(packet, || "making an array".into())?;
        Ok(PacketArray {
            source: self,
            packet,
        })
    }

    /// Keeps it from being shown: its events only go to callbacks.
    pub fn unreference(self) -> Result<()> {
        done(
            unsafe { ig::data_source_unreference(self.0) },
            "unreferencing a data source",
        )
    }

    /// Whether it is shown, as far as [`unreference`](Self::unreference) goes.
    pub fn is_referenced(self) -> Result<bool> {
        match unsafe { ig::data_source_is_referenced(self.0) } {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::new(
                crate::Code::Failed,
                "asking whether a data source is referenced",
            )),
        }
    }

    /// Adds an output mode: with `-o NAME`, the text of this data source is what `callback` writes. It gets each
    /// event or array, and [`Item::End`] after the last. In `init` only. *(v2)*
    ///
    /// ```no_run
    /// use gadget::{DataSource, Item};
    /// use std::fmt::Write;
    ///
    /// fn init() -> gadget::Result<()> {
    ///     let source = DataSource::get("open")?;
    ///     let pid = source.field("proc.pid")?;
    ///     let mut count = 0;
    ///     source.add_output_mode("pids", move |out, item| match item {
    ///         Item::Data(data) => {
    ///             count += 1;
    ///             writeln!(out, "{}", pid.get::<u32>(data).unwrap_or(0))
    ///         }
    ///         Item::End => writeln!(out, "{} events", count),
    ///         Item::Array(_) => Ok(()),
    ///     })
    /// }
    /// ```
    pub fn add_output_mode<F, R>(self, name: &str, mut callback: F) -> Result<()>
    where
        F: FnMut(&mut Output, Item) -> R + 'static,
        R: Outcome,
    {
        let source_type = self.source_type()?;
        let closure = move |handle: u32, end: bool| {
            let item = match (end, source_type) {
                (true, _) => Item::End,
                (false, SourceType::Single) => Item::Data(Data(handle)),
                (false, SourceType::Array) => Item::Array(DataArray(handle)),
            };
            callback(&mut Output::new(), item).into_error()
        };
        callback::register(Closure::Output(Box::new(closure)), |id| {
            check(unsafe { v2::output_mode_add(self.0, text(name), id) })
        })?;
        Ok(())
    }
}
