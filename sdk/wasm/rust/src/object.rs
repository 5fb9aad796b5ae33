//! The gadget's eBPF object before it is loaded.

use crate::buffer::{fetch, list, slice_out, text};
use crate::error::{check, Result};
use crate::raw::v2;

/// The names of the programs. *(v2)*
pub fn program_names() -> Result<Vec<String>> {
    list(|index| fetch(|out, length| unsafe { v2::program_name(index, out, length) }))
}

/// The section of a program, such as `kprobe/vfs_read`. *(v2)*
pub fn program_section(name: &str) -> Result<String> {
    fetch(|out, length| unsafe { v2::program_section(text(name), out, length) })
}

/// Has a program neither loaded nor attached, or again so. Until `pre_start` ends. *(v2)*
pub fn set_program_enabled(name: &str, enabled: bool) -> Result<()> {
    check(unsafe { v2::program_set_enabled(text(name), enabled as u32) })
}

/// Sets what stands behind the / of a program's section. Until `pre_start` ends. *(v2)*
pub fn set_program_target(name: &str, target: &str) -> Result<()> {
    check(unsafe { v2::program_set_target(text(name), text(target)) })
}

/// The value of a `const volatile` variable, as text. *(v2)*
pub fn variable(name: &str) -> Result<String> {
    fetch(|out, length| unsafe { v2::variable_get(text(name), out, length) })
}

/// Sets a `const volatile` variable from text, as a flag would. Until `pre_start` ends. *(v2)*
pub fn set_variable(name: &str, value: &str) -> Result<()> {
    check(unsafe { v2::variable_set(text(name), text(value)) })
}

/// The names of the maps. *(v2)*
pub fn map_names() -> Result<Vec<String>> {
    list(|index| fetch(|out, length| unsafe { v2::map_name(index, out, length) }))
}

/// What a map of the object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapInfo {
    /// The number of its type; see [`MapType`](crate::MapType).
    pub map_type: u32,
    /// Bytes of a key.
    pub key_size: u32,
    /// Bytes of a value.
    pub value_size: u32,
    /// Entries at most.
    pub max_entries: u32,
    /// Flags of the kernel.
    pub flags: u32,
}

/// What a map of the object is. *(v2)*
pub fn map_info(name: &str) -> Result<MapInfo> {
    let mut words = [0u32; 5];
    check(unsafe { v2::map_info(text(name), slice_out(&mut words)) })?;
    let [map_type, key_size, value_size, max_entries, flags] = words;
    Ok(MapInfo {
        map_type,
        key_size,
        value_size,
        max_entries,
        flags,
    })
}

/// Gives a map of the object another size. Until `pre_start` ends. *(v2)*
pub fn set_map_max_entries(name: &str, entries: u32) -> Result<()> {
    check(unsafe { v2::map_set_max_entries(text(name), entries) })
}
