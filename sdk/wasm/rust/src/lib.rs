//! WebAssembly modules of gadgets, in Rust.
//!
//! A module changes, adds and hides fields, drops events, makes data sources, reads and writes eBPF maps, decides
//! what is attached, and prints in its own format. A whole one, which upper-cases a field:
//!
//! ```no_run
//! use gadget::{DataSource, Result};
//!
//! fn init() -> Result<()> {
//!     let source = DataSource::get("open")?;
//!     let comm = source.field("comm")?;
//!     source.subscribe(0, move |_source, data| {
//!         let mut buffer = [0; 16];
//!         let text = comm.text(data, &mut buffer)?.to_uppercase();
//!         comm.set_text(data, &text)
//!     })?;
//!     Ok(())
//! }
//!
//! gadget::module! { init: init }
//! # fn main() {}
//! ```
//!
//! # Building
//!
//! `gadgetctl build` does it. The crate is a `cdylib` whose manifest says `gadget = { version = "0.1", registry =
//! "gadgetry" }`; no network is needed.
//!
//! # Two versions of the interface
//!
//! What stands under [`raw::ig`] is version 1, which other hosts have, too; [`raw::v2`] is what this project adds. A
//! function that is not called is not imported: a module that only uses version 1 runs on any host of version 1.
//! Methods say *(v2)* when they need the second one; [`has_function`] asks the host for a single function of it.
//!
//! # Errors
//!
//! Everything that can fail returns [`Result`]. An error of a v2 function has the host's code and message; one of
//! version 1 has [`Code::Failed`] and says what was tried ([`last_error`] fetches the reason). A function of the
//! lifecycle that returns an error ends the run; an error that a callback returns is logged.
//!
//! # Callbacks
//!
//! Closures are kept until the module ends. While one runs, the module may emit events, also into data sources that
//! other closures subscribe to: those run at once, within the call. Only a closure that is already running is not
//! entered again.
#![warn(missing_docs)]

mod batch;
mod buffer;
mod callback;
mod data;
mod error;
mod field;
mod io;
#[macro_use]
mod log;
mod machine;
mod map;
mod object;
mod output;
mod param;
mod perf;
#[path = "imports.rs"]
pub mod raw;
mod source;
mod syscall;
mod timer;

#[doc(hidden)]
pub mod export;

pub use batch::{Batch, Column, Number, Reader, Record, Text, View};
pub use buffer::Plain;
pub use data::{Data, DataArray, Packet, PacketArray, PacketSingle, Row};
pub use error::{has_function, last_error, Code, Error, Result};
pub use field::{Field, FieldInfo, Kind, Scalar};
pub use io::{File, OpenOptions, Protocol, Socket};
pub use log::{log, should_log, Level};
pub use machine::{
    btf_field_exists, btf_type_exists, container_of_mntns, container_of_pid, cpu_count,
    feature_exists, kallsyms_address, kallsyms_exists, kallsyms_name, kernel_version, now, process,
    process_text, should_discard_mntns_id, Clock, Process, ProcessText, Symbol,
};
pub use map::{BatchRead, Map, MapSpec, MapType, Update};
pub use object::{
    map_info, map_names, program_names, program_section, set_map_max_entries, set_program_enabled,
    set_program_target, set_variable, variable, MapInfo,
};
pub use output::{Item, Output};
pub use param::{param, param_v1, set_config};
pub use perf::PerfReader;
pub use source::{DataSource, SourceType};
pub use syscall::{
    syscall_count, syscall_declaration, syscall_id, syscall_name, Declaration, Parameter,
};
pub use timer::Timer;

/// Frees a handle, whatever is behind it. Handles of data sources and fields are few and may stay until the end;
/// free those that are made again and again.
pub fn release_handle(handle: u32) -> Result<()> {
    error::done(
        unsafe { raw::ig::release_handle(handle) },
        "releasing a handle",
    )
}

/// Frees a handle and closes or stops what is behind it. *(v2)*
pub fn release(handle: u32) -> Result<()> {
    error::check(unsafe { raw::v2::release(handle) })
}

/// Makes the exports of a module: the version of the interface, the functions of the lifecycle that are named, and
/// the entries for callbacks. Each crate that becomes a module uses it once.
///
/// The functions take nothing and return `Result<(), E>` where `E` can be displayed; all are optional:
///
/// - `init`: the data sources exist; the place to add fields and data sources, and to subscribe;
/// - `pre_start`: the eBPF object is not loaded yet; the last chance to change fields, programs, variables;
/// - `start`: the eBPF programs are attached and its maps exist;
/// - `stop`: the run ends; events can still be emitted;
/// - `post_stop`: after everything.
///
/// ```no_run
/// fn start() -> gadget::Result<()> {
///     gadget::info!("here we go");
///     Ok(())
/// }
/// gadget::module! { start: start }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! module {
    ($($phase:ident : $function:expr),* $(,)?) => {
        const _: () = {
            #[no_mangle]
            #[allow(non_snake_case)]
            pub extern "C" fn gadgetAPIVersion() -> i64 {
                1
            }
            // Without this the linker has each exported function run all constructors and destructors of the C
            // library.
            #[cfg(target_arch = "wasm32")]
            #[no_mangle]
            pub extern "C" fn _initialize() {
                extern "C" {
                    fn __wasm_call_ctors();
                }
                unsafe { __wasm_call_ctors() }
                $crate::export::initialize();
            }
            #[no_mangle]
            #[allow(non_snake_case)]
            pub extern "C" fn dataSourceCallback(callback: i64, source: i32, data: i32) {
                $crate::export::data(callback, source, data)
            }
            #[no_mangle]
            #[allow(non_snake_case)]
            pub extern "C" fn gadgetBatch(callback: i64, source: i32, records: i32, count: i32) {
                $crate::export::batch(callback, source, records, count)
            }
            #[no_mangle]
            #[allow(non_snake_case)]
            pub extern "C" fn gadgetTimer(callback: i64) {
                $crate::export::timer(callback)
            }
            #[no_mangle]
            #[allow(non_snake_case)]
            pub extern "C" fn gadgetOutput(callback: i64, source: i32, data: i32, end: i32) {
                $crate::export::output(callback, source, data, end)
            }
            $($crate::module!(@phase $phase $function);)*
        };
    };
    (@phase init $function:expr) => { $crate::module!(@export gadgetInit $function); };
    (@phase pre_start $function:expr) => { $crate::module!(@export gadgetPreStart $function); };
    (@phase start $function:expr) => { $crate::module!(@export gadgetStart $function); };
    (@phase stop $function:expr) => { $crate::module!(@export gadgetStop $function); };
    (@phase post_stop $function:expr) => { $crate::module!(@export gadgetPostStop $function); };
    (@export $name:ident $function:expr) => {
        #[no_mangle]
        #[allow(non_snake_case)]
        pub extern "C" fn $name() -> i32 {
            $crate::export::lifecycle(stringify!($name), $function())
        }
    };
}
