//! Events, rows and packets.

use crate::error::{check, done, handle, Result};
use crate::raw::{ig, v2};
use crate::source::DataSource;

/// An event, or a row of an array. In a callback it lives until that returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Data(pub u32);

/// The rows of an array. In a callback it lives until that returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct DataArray(pub u32);

/// What travels at once: an event or an array. In a callback it lives until that returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Packet(pub u32);

impl Data {
    /// Drops it while a callback has it: later callbacks and the output do not see it. *(v2)*
    pub fn drop_event(self) -> Result<()> {
        check(unsafe { v2::data_drop(self.0) })
    }
}

impl Packet {
    /// Drops it while a callback has it: later callbacks and the output do not see it. *(v2)*
    pub fn drop_packet(self) -> Result<()> {
        check(unsafe { v2::data_drop(self.0) })
    }

    /// As an event, when its data source is one of single events.
    pub fn data(self) -> Data {
        Data(self.0)
    }

    /// As an array, when its data source is one of arrays.
    pub fn rows(self) -> DataArray {
        DataArray(self.0)
    }
}

impl DataArray {
    /// Drops all of it while a callback has it. *(v2)*
    pub fn drop_array(self) -> Result<()> {
        check(unsafe { v2::data_drop(self.0) })
    }

    /// The number of rows.
    pub fn len(self) -> u32 {
        unsafe { ig::data_array_len(self.0) }.max(0) as u32
    }

    /// Whether there are no rows.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The row at `index`, up to 32767.
    pub fn get(self, index: u32) -> Option<Data> {
        match unsafe { ig::data_array_get(self.0, index) } {
            0 => None,
            data => Some(Data(data)),
        }
    }

    /// All rows that there are now.
    pub fn iter(self) -> impl Iterator<Item = Data> {
        (0..self.len()).map_while(move |index| self.get(index))
    }

    /// A new row, which [`Row::append`] adds to the array.
    pub fn new_row(self) -> Result<Row> {
        let data = handle(unsafe { ig::data_array_new(self.0) }, || {
            "making a row".into()
        })?;
        Ok(Row {
            array: self,
            data: Data(data),
        })
    }

    /// Adds a row that `fill` gives its values. When that fails, the row is not added.
    ///
    /// ```no_run
    /// # fn example(rows: gadget::DataArray, count: gadget::Field) -> gadget::Result<()> {
    /// rows.push(|row| count.set(row, 7u32))
    /// # }
    /// ```
    pub fn push(self, fill: impl FnOnce(Data) -> Result<()>) -> Result<()> {
        let row = self.new_row()?;
        fill(row.data())?;
        row.append()
    }
}

/// A row that is not part of its array yet. It is freed when it is dropped.
#[derive(Debug)]
pub struct Row {
    array: DataArray,
    data: Data,
}

impl Row {
    /// To give it values.
    pub fn data(&self) -> Data {
        self.data
    }

    /// Frees it without adding it, as dropping it does.
    pub fn release(self) -> Result<()> {
        let result = unsafe { ig::data_array_release(self.array.0, self.data.0) };
        std::mem::forget(self);
        done(result, "releasing a row")
    }

    /// Adds it to the array.
    pub fn append(self) -> Result<()> {
        let result = unsafe { ig::data_array_append(self.array.0, self.data.0) };
        if result == 0 {
            std::mem::forget(self); // the host has freed the handle
        }
        done(result, "appending a row")
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        unsafe { ig::data_array_release(self.array.0, self.data.0) };
    }
}

macro_rules! packet {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            pub(crate) source: DataSource,
            pub(crate) packet: u32,
        }

        impl $name {
            /// As what callbacks of packets get.
            pub fn packet(&self) -> Packet {
                Packet(self.packet)
            }

            /// Sends it through the later stages. Callbacks of its data source run within.
            pub fn emit(self) -> Result<()> {
                let result = unsafe { ig::data_source_emit_and_release(self.source.0, self.packet) };
                std::mem::forget(self); // the host frees it, also when nobody takes it
                done(result, "emitting a packet")
            }

            /// Frees it without sending it, as dropping it does.
            pub fn release(self) -> Result<()> {
                let result = unsafe { ig::data_source_release(self.source.0, self.packet) };
                std::mem::forget(self);
                done(result, "releasing a packet")
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                unsafe { ig::data_source_release(self.source.0, self.packet) };
            }
        }
    };
}

packet! {
    /// A new event. It is freed when it is dropped without [`emit`](Self::emit).
    PacketSingle
}

packet! {
    /// A new array. It is freed when it is dropped without [`emit`](Self::emit).
    PacketArray
}

impl PacketSingle {
    /// To give it values.
    pub fn data(&self) -> Data {
        Data(self.packet)
    }
}

impl PacketArray {
    /// To add rows.
    pub fn rows(&self) -> DataArray {
        DataArray(self.packet)
    }
}
