//! The machine that the gadget runs on.

use crate::buffer::{fetch, out, plain_out, text, until_nul, zeroed, Plain};
use crate::error::{check, Result};
use crate::raw::{code, ig, v2};

/// Whether the kernel has a symbol of this name.
pub fn kallsyms_exists(name: &str) -> bool {
    unsafe { ig::kallsyms_symbol_exists(text(name)) != 0 }
}

/// Whether the run is limited to some containers and this mount namespace is none of them. From `start` on.
pub fn should_discard_mntns_id(mntns: u64) -> bool {
    unsafe { ig::should_discard_mntns_id(mntns) != 0 }
}

/// The address of a symbol of the kernel. *(v2)*
pub fn kallsyms_address(name: &str) -> Result<u64> {
    let mut address = 0;
    check(unsafe { v2::kallsyms_address(text(name), &mut address) }).map(|()| address)
}

/// A symbol of the kernel, and how far behind its start an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub offset: u64,
}

/// The symbol at or before an address. *(v2)*
pub fn kallsyms_name(address: u64) -> Result<Symbol> {
    let mut offset = 0;
    let name =
        fetch(|out, length| unsafe { v2::kallsyms_name(address, out, length, &mut offset) })?;
    Ok(Symbol { name, offset })
}

fn exists(number: u32) -> Result<bool> {
    match number {
        code::NOT_FOUND => Ok(false),
        _ => check(number).map(|()| true),
    }
}

/// Whether the kernel has a type of this name: `struct task_struct`, or without the keyword. *(v2)*
pub fn btf_type_exists(name: &str) -> Result<bool> {
    exists(unsafe { v2::btf_type_exists(text(name)) })
}

/// Whether a struct or union of the kernel has a member; `mm.exe_file` goes deeper. *(v2)*
pub fn btf_field_exists(type_name: &str, member: &str) -> Result<bool> {
    exists(unsafe { v2::btf_field_exists(text(type_name), text(member)) })
}

/// Major, minor and patch. *(v2)*
pub fn kernel_version() -> Result<(u32, u32, u32)> {
    let mut version = 0;
    check(unsafe { v2::kernel_version(&mut version) })?;
    Ok((version >> 16, version >> 8 & 0xff, version & 0xff))
}

/// Whether the kernel can do something: `program:kprobe`, `map:ringbuf`, `helper:bpf_loop@tracepoint`, `btf`. *(v2)*
pub fn feature_exists(name: &str) -> Result<bool> {
    exists(unsafe { v2::feature_exists(text(name)) })
}

/// CPUs for which per-CPU maps have a value. *(v2)*
pub fn cpu_count() -> Result<u32> {
    let mut count = 0;
    check(unsafe { v2::cpu_count(&mut count) }).map(|()| count)
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub uid: u32,
    pub gid: u32,
    /// Nanoseconds after boot.
    pub start: u64,
    pub mount_namespace: u64,
    pub network_namespace: u64,
    pub pid_namespace: u64,
    pub comm: String,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct RawProcess {
    ids: [u32; 4],
    numbers: [u64; 4],
    comm: [u8; 16],
}
unsafe impl Plain for RawProcess {}

/// What there is to know of a process. *(v2)*
pub fn process(pid: u32) -> Result<Process> {
    let mut raw: RawProcess = zeroed();
    check(unsafe { v2::process_info(pid, plain_out(&mut raw)) })?;
    Ok(Process {
        pid: raw.ids[0],
        parent: raw.ids[1],
        uid: raw.ids[2],
        gid: raw.ids[3],
        start: raw.numbers[0],
        mount_namespace: raw.numbers[1],
        network_namespace: raw.numbers[2],
        pid_namespace: raw.numbers[3],
        comm: String::from_utf8_lossy(until_nul(&raw.comm)).into_owned(),
    })
}

/// Texts of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum ProcessText {
    Comm = 0,
    Executable = 1,
    WorkingDirectory = 2,
    /// With a NUL between the arguments.
    CommandLine = 3,
    Cgroup = 4,
}

/// A text of a process, cut to `buffer`. *(v2)*
pub fn process_text(pid: u32, what: ProcessText, buffer: &mut [u8]) -> Result<&[u8]> {
    let mut length = 0;
    check(unsafe { v2::process_text(pid, what as u32, out(buffer), &mut length) })?;
    let length = (length as usize).min(buffer.len());
    Ok(&buffer[..length])
}

fn container(what: u32, id: u64) -> Result<Option<String>> {
    match fetch(|out, length| unsafe { v2::container_of(what, id, out, length) }) {
        Err(error) if error.code == crate::Code::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// The container of a process, as "RUNTIME ID"; `None` for the host's own. *(v2)*
pub fn container_of_pid(pid: u32) -> Result<Option<String>> {
    container(0, pid.into())
}

/// The container of a mount namespace, as "RUNTIME ID"; `None` for the host's own. *(v2)*
pub fn container_of_mntns(mntns: u64) -> Result<Option<String>> {
    container(1, mntns)
}

/// What time to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Clock {
    /// Since boot: that of `bpf_ktime_get_boot_ns`.
    Boot = 0,
    /// Since 1970.
    Real = 1,
}

/// The time in nanoseconds. *(v2)*
pub fn now(clock: Clock) -> Result<u64> {
    let mut time = 0;
    check(unsafe { v2::clock_now(clock as u32, &mut time) }).map(|()| time)
}
