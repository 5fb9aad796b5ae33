//! Steps about the machine, files and the network.

use crate::{code, good, is, same, step, Check, Done, State};
use gadget::{Clock, Code, File, OpenOptions, ProcessText, Protocol, Socket};
use std::time::Duration;

pub fn init() {
    step(18, "syscalls", syscalls);
    step(19, "syscall-declaration", |_| {
        let openat = match gadget::syscall_declaration("openat") {
            Ok(openat) => openat,
            Err(_) => return Ok(Done::Skip),
        };
        same("name", openat.name.as_str(), "openat")?;
        same("parameters", openat.parameters.len(), 4)?;
        is(
            "the second being a pointer",
            openat.parameters[1].is_pointer,
        )?;
        Ok(Done::Ok)
    });
    step(20, "clock", clock);
    step(21, "kernel", kernel);
    step(22, "btf", btf);
    step(23, "process", process);
    step(24, "cpus", |_| {
        let count = good("cpuCount", gadget::cpu_count())?;
        is("1 to 65536 CPUs", (1..=65536).contains(&count))?;
        Ok(Done::Ok)
    });
    step(25, "denied", |_| {
        code(
            "fileOpen(/etc/passwd)",
            File::open("/etc/passwd"),
            &[Code::Denied],
        )?;
        let socket = Socket::connect("192.0.2.1:9", Protocol::Tcp, Duration::from_millis(100));
        code("netConnect", socket, &[Code::Denied])?;
        Ok(Done::Ok)
    });
    step(26, "files", files);
    step(27, "net", net);
    step(28, "no-object", no_object);
}

fn syscalls(_: &mut State) -> Check {
    let first = good("getSyscallName(0)", gadget::syscall_name(0))?;
    same(
        "getSyscallID of it",
        good("getSyscallID", gadget::syscall_id(&first))?,
        0,
    )?;
    is(
        "getSyscallID(nothing) failing",
        gadget::syscall_id("nothing").is_err(),
    )?;
    let unknown = good("getSyscallName(60000)", gadget::syscall_name(60000))?;
    is(
        "a name of 60000 that starts with syscall_",
        unknown.starts_with("syscall_"),
    )?;
    let count = good("syscallCount", gadget::syscall_count())?;
    is("300 to 2000 system calls", (300..=2000).contains(&count))?;
    Ok(Done::Ok)
}

fn clock(_: &mut State) -> Check {
    for clock in [Clock::Boot, Clock::Real] {
        let before = good("clockNow", gadget::now(clock))?;
        let after = good("clockNow", gadget::now(clock))?;
        is("time going on", before > 0 && after >= before)?;
    }
    let real = good("clockNow(1)", gadget::now(Clock::Real))?;
    is("a time after 2020", real > 1_600_000_000_000_000_000)?;
    let mut time = 0;
    let number = unsafe { gadget::raw::v2::clock_now(7, &mut time) };
    same("clockNow(7)", Code::from(number), Code::Invalid)?;
    Ok(Done::Ok)
}

fn kernel(_: &mut State) -> Check {
    is(
        "kernel 4 or later",
        good("kernelVersion", gadget::kernel_version())? >= (4, 0, 0),
    )?;
    match gadget::feature_exists("map:hash") {
        Ok(_) => {}
        Err(error) => same("featureExists(map:hash)", error.code, Code::Denied)?,
    }
    is(
        "featureExists(nothing) not being 0",
        !matches!(gadget::feature_exists("nothing"), Ok(true)),
    )?;
    is(
        "no symbol of that name",
        !gadget::kallsyms_exists("no symbol"),
    )?;
    is(
        "no address of it",
        gadget::kallsyms_address("no symbol").is_err(),
    )?;
    if let Ok(address) = gadget::kallsyms_address("vfs_read") {
        if address != 0 {
            let symbol = good("kallsymsName", gadget::kallsyms_name(address + 1))?;
            is("a name", !symbol.name.is_empty())?;
            same("offset", symbol.offset, 1)?;
        }
    }
    Ok(Done::Ok)
}

fn btf(_: &mut State) -> Check {
    if !matches!(gadget::btf_type_exists("struct task_struct"), Ok(true)) {
        return Ok(Done::Skip);
    }
    let member = |name| {
        good(
            "btfFieldExists",
            gadget::btf_field_exists("struct task_struct", name),
        )
    };
    same(
        "task_struct",
        good("btfTypeExists", gadget::btf_type_exists("task_struct"))?,
        true,
    )?;
    same("pid", member("pid")?, true)?;
    same("mm.exe_file", member("mm.exe_file")?, true)?;
    same("nothing", member("nothing")?, false)?;
    let nothing = gadget::btf_type_exists("struct nothing_like_it");
    same("nothing_like_it", good("btfTypeExists", nothing)?, false)?;
    Ok(Done::Ok)
}

fn process(_: &mut State) -> Check {
    let first = good("processInfo(1)", gadget::process(1))?;
    same("pid", first.pid, 1)?;
    is("a comm", !first.comm.is_empty())?;
    let mut buffer = [0u8; 64];
    let comm = good(
        "processText",
        gadget::process_text(1, ProcessText::Comm, &mut buffer),
    )?;
    same("comm", comm, first.comm.as_bytes())?;
    let mut small = [0u8; 1];
    let cut = good(
        "processText to 1 byte",
        gadget::process_text(1, ProcessText::Comm, &mut small),
    )?;
    same("processText to 1 byte", cut.len(), 1)?;
    code(
        "processInfo(4294967280)",
        gadget::process(4294967280),
        &[Code::NotFound],
    )?;
    good("containerOf", gadget::container_of_pid(1))?;
    Ok(Done::Ok)
}

fn files(_: &mut State) -> Check {
    let folder = gadget::param("folder").unwrap_or_default();
    if folder.is_empty() {
        return Ok(Done::Skip);
    }
    let path = folder + "/conformance";
    let mut file = good("fileOpen to write", File::create(&path))?;
    same(
        "fileWrite",
        good("fileWrite", file.write(b"0123456789"))?,
        10,
    )?;
    drop(file);
    let mut file = good("fileOpen to read", File::open(&path))?;
    good("fileSeek", file.seek(4))?;
    let mut buffer = [0u8; 16];
    let count = good("fileRead", file.read(&mut buffer))?;
    same("fileRead", &buffer[..count], &b"456789"[..])?;
    same(
        "fileRead at the end",
        good("fileRead", file.read(&mut buffer))?,
        0,
    )?;
    let other = OpenOptions::new().read().open(&(path + ".nothing"));
    code("fileOpen of nothing", other, &[Code::NotFound])?;
    Ok(Done::Ok)
}

fn net(_: &mut State) -> Check {
    let address = gadget::param("address").unwrap_or_default();
    if address.is_empty() {
        return Ok(Done::Skip);
    }
    let long = Duration::from_secs(2);
    let mut socket = good("netConnect", Socket::connect(&address, Protocol::Tcp, long))?;
    same("netSend", good("netSend", socket.send(b"ping"))?, 4)?;
    let mut got = Vec::new();
    while got.len() < 4 {
        let mut buffer = [0u8; 16];
        let count = good("netReceive", socket.receive(&mut buffer, long))?;
        is("netReceive before the end", count > 0)?;
        got.extend_from_slice(&buffer[..count]);
    }
    same("netReceive", got.as_slice(), b"ping")?;
    let late = socket.receive(&mut [0u8; 16], Duration::from_millis(10));
    code("netReceive of nothing", late, &[Code::Again])?;
    Ok(Done::Ok)
}

fn no_object(_: &mut State) -> Check {
    const NONE: [Code; 2] = [Code::NotFound, Code::Unsupported];
    let (mut buffer, mut length) = ([0u8; 64], 0);
    let out = 64 << 32 | buffer.as_mut_ptr() as usize as u64;
    let program = unsafe { gadget::raw::v2::program_name(0, out, &mut length) };
    is(
        "programName(0) failing",
        NONE.contains(&Code::from(program)),
    )?;
    let map = unsafe { gadget::raw::v2::map_name(0, out, &mut length) };
    is("mapName(0) failing", NONE.contains(&Code::from(map)))?;
    code("programSection", gadget::program_section("x"), &NONE)?;
    code(
        "programSetEnabled",
        gadget::set_program_enabled("x", false),
        &NONE,
    )?;
    code(
        "programSetTarget",
        gadget::set_program_target("x", "y"),
        &NONE,
    )?;
    code("variableGet", gadget::variable("x"), &NONE)?;
    code("variableSet", gadget::set_variable("x", "1"), &NONE)?;
    code("mapInfo", gadget::map_info("x"), &NONE)?;
    code(
        "mapSetMaxEntries",
        gadget::set_map_max_entries("x", 1),
        &NONE,
    )?;
    Ok(Done::Ok)
}
