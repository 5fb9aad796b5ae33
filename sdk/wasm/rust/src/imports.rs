//! The functions that a host of gadgets offers to their modules, as they are.
//! Written by scripts/wasm_abi.sh from src/wasm/abi_table.inc: do not edit.
//!
//! Addresses are those of this module's memory. Text, bytes and buffers are one number:
//! `length << 32 | address`.

/// What functions of `gadget_v2` return.
pub mod code {
    /// done
    pub const OK: u32 = 0;
    /// an argument makes no sense
    pub const INVALID: u32 = 1;
    /// there is nothing of that name, number or key
    pub const NOT_FOUND: u32 = 2;
    /// the name is taken
    pub const EXISTS: u32 = 3;
    /// not granted, or the kernel refuses
    pub const DENIED: u32 = 4;
    /// not by this host, kernel, map or field
    pub const UNSUPPORTED: u32 = 5;
    /// the buffer is smaller than what goes into it; nothing was written
    pub const TOO_SMALL: u32 = 6;
    /// no handle, or one of another type
    pub const BAD_HANDLE: u32 = 7;
    /// an address outside of the module's memory
    pub const MEMORY: u32 = 8;
    /// a limit of the host
    pub const LIMIT: u32 = 9;
    /// not at this point of the lifecycle
    pub const STATE: u32 = 10;
    /// the operation failed: see lastError
    pub const IO: u32 = 11;
    /// nothing yet
    pub const AGAIN: u32 = 12;
    /// nothing more
    pub const END: u32 = 13;
}

/// A field of the records of a batch. The module fills in `field` and `flags`, `subscribe_batch` the others.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewField {
    /// Its handle.
    pub field: u32,
    /// 1: the module may write it.
    pub flags: u32,
    /// Of the field within a record, in bytes.
    pub offset: u32,
    /// In bytes.
    pub size: u32,
}

/// Module `ig`.
pub mod ig {
    #[link(wasm_import_module = "ig")]
    extern "C" {
        // ---- Log ----
        /// Logs a message. Levels: 0 error, 1 warning, 2 info, 3 debug, 4 trace.
        #[link_name = "gadgetLog"]
        pub fn gadget_log(level: u32, message: u64);
        /// Whether messages of this level are shown: ask before formatting one. Returns 1 or 0.
        #[link_name = "gadgetShouldLog"]
        pub fn gadget_should_log(level: u32) -> u32;
        // ---- Data sources ----
        /// Makes a data source, in gadgetInit only. Types: 1 single events, 2 arrays of rows. One of the same
        /// name is replaced. Returns a handle, 0 on an error.
        #[link_name = "newDataSource"]
        pub fn new_data_source(name: u64, type_: u32) -> u32;
        /// Finds a data source by name. Each call makes a handle. Returns a handle, 0 on an error.
        #[link_name = "getDataSource"]
        pub fn get_data_source(name: u64) -> u32;
        /// Has dataSourceCallback(callback, source, data) called. Types: 1 each event or row, 2 each array, 3
        /// each packet. Lower priorities come first; up to 0 before the formatters, up to 9000 before the
        /// filter, above after the limit. Returns 0, or 1 if it failed.
        #[link_name = "dataSourceSubscribe"]
        pub fn data_source_subscribe(source: u32, type_: u32, priority: i32, callback: u64) -> u32;
        /// Finds a field by its full name ("proc.pid"): exactly, else without regard to case. Each call makes
        /// a handle. Returns a handle, 0 on an error.
        #[link_name = "dataSourceGetField"]
        pub fn data_source_get_field(source: u32, name: u64) -> u32;
        /// Adds a field. In gadgetInit and gadgetPreStart only. An existing name is an error. Returns a
        /// handle, 0 on an error.
        #[link_name = "dataSourceAddField"]
        pub fn data_source_add_field(source: u32, name: u64, kind: u32) -> u32;
        /// A new event of a data source of single events; the handle is that of its data as well. Returns a
        /// handle, 0 on an error.
        #[link_name = "dataSourceNewPacketSingle"]
        pub fn data_source_new_packet_single(source: u32) -> u32;
        /// A new, empty array of a data source of arrays. Returns a handle, 0 on an error.
        #[link_name = "dataSourceNewPacketArray"]
        pub fn data_source_new_packet_array(source: u32) -> u32;
        /// Sends a packet on its way through the later stages, then frees it. Not in gadgetInit and
        /// gadgetPreStart. Returns 0, or 1 if it failed.
        #[link_name = "dataSourceEmitAndRelease"]
        pub fn data_source_emit_and_release(source: u32, packet: u32) -> u32;
        /// Frees a packet without sending it. Returns 0, or 1 if it failed.
        #[link_name = "dataSourceRelease"]
        pub fn data_source_release(source: u32, packet: u32) -> u32;
        /// The data source is not shown: its events go no further than to the modules' callbacks. Returns 0,
        /// or 1 if it failed.
        #[link_name = "dataSourceUnreference"]
        pub fn data_source_unreference(source: u32) -> u32;
        /// 1 unless dataSourceUnreference was called, 2 on an error.
        #[link_name = "dataSourceIsReferenced"]
        pub fn data_source_is_referenced(source: u32) -> i32;
        /// A new row, not yet part of the array. Returns a handle, 0 on an error.
        #[link_name = "dataArrayNew"]
        pub fn data_array_new(array: u32) -> u32;
        /// Appends a row made by dataArrayNew and frees its handle. Returns 0, or 1 if it failed.
        #[link_name = "dataArrayAppend"]
        pub fn data_array_append(array: u32, data: u32) -> u32;
        /// Frees a row that was not appended. Returns 0, or 1 if it failed.
        #[link_name = "dataArrayRelease"]
        pub fn data_array_release(array: u32, data: u32) -> u32;
        /// Rows; 0 on an error.
        #[link_name = "dataArrayLen"]
        pub fn data_array_len(array: u32) -> i32;
        /// The row at index, up to 32767. The handle counts towards no limit and needs no release. Returns a
        /// handle, 0 on an error.
        #[link_name = "dataArrayGet"]
        pub fn data_array_get(array: u32, index: u32) -> u32;
        // ---- Fields ----
        /// The value of a number: signed kinds sign-extended, floats as their bits. `error`, when not 0, is
        /// the address of a u32 that becomes 1 on an error. The size of kind must be that of the field.
        #[link_name = "fieldGetScalar"]
        pub fn field_get_scalar(field: u32, data: u32, kind: u32, error: u32) -> u64;
        /// Copies the bytes of a field of any kind; kind is 12 (string) or 14 (bytes). Returns how many, or
        /// -1.
        #[link_name = "fieldGetBuffer"]
        pub fn field_get_buffer(field: u32, data: u32, kind: u32, dst: u64) -> i32;
        /// Sets a field. Numbers by value, with a kind of the field's size; strings (12) and bytes (14) by
        /// length << 32 | address. Returns 0, or 1 if it failed.
        #[link_name = "fieldSet"]
        pub fn field_set(field: u32, data: u32, kind: u32, value: u64) -> u32;
        /// Adds a tag. Returns 0, or 1 if it failed.
        #[link_name = "fieldAddTag"]
        pub fn field_add_tag(field: u32, tag: u64) -> u32;
        // ---- Parameters and configuration ----
        /// The value of a parameter of params.wasm, without a NUL. Fails when the buffer is too small.
        /// Returns 0, or 1 if it failed.
        #[link_name = "getParamValue"]
        pub fn get_param_value(key: u64, dst: u64) -> u32;
        /// Sets a dotted key of the metadata, such as programs.NAME.attach_to, until gadgetPreStart ends.
        /// kind must be 12 (string). Returns 0, or 1 if it failed.
        #[link_name = "setConfig"]
        pub fn set_config(key: u64, value: u64, kind: u32) -> u32;
        // ---- Maps ----
        /// Makes a map of the kernel. Returns a handle, 0 on an error.
        #[link_name = "newMap"]
        pub fn new_map(
            name: u64,
            type_: u32,
            key_size: u32,
            value_size: u32,
            max_entries: u32,
        ) -> u32;
        /// A map of the gadget's eBPF object; from gadgetStart on. Returns a handle, 0 on an error.
        #[link_name = "getMap"]
        pub fn get_map(name: u64) -> u32;
        /// Reads a value. From a map of maps comes a u32 handle of the inner map. Per-CPU maps give the
        /// values of all CPUs, one after the other, each rounded up to 8 bytes. Returns 0, or 1 if it failed.
        #[link_name = "mapLookup"]
        pub fn map_lookup(map_: u32, key: u64, value: u64) -> u32;
        /// Writes a value. Flags: 0 any, 1 only new keys, 2 only existing ones, 4 with the spin lock. Maps of
        /// maps take a u32 handle. Returns 0, or 1 if it failed.
        #[link_name = "mapUpdate"]
        pub fn map_update(map_: u32, key: u64, value: u64, flags: u64) -> u32;
        /// Deletes a key. Returns 0, or 1 if it failed.
        #[link_name = "mapDelete"]
        pub fn map_delete(map_: u32, key: u64) -> u32;
        /// Closes a map made by newMap and frees its handle. Returns 0, or 1 if it failed.
        #[link_name = "mapRelease"]
        pub fn map_release(map_: u32) -> u32;
        // ---- Handles ----
        /// Frees a handle. At most 4096 are open at once. Returns 0, or 1 if it failed.
        #[link_name = "releaseHandle"]
        pub fn release_handle(handle: u32) -> u32;
        // ---- System calls ----
        /// The name of a system call of this machine, or syscall_HEX. Returns 0, or 1 if it failed.
        #[link_name = "getSyscallName"]
        pub fn get_syscall_name(id: u32, dst: u64) -> u32;
        /// Its number, or -1.
        #[link_name = "getSyscallID"]
        pub fn get_syscall_id(name: u64) -> i32;
        /// 252 bytes: char name[32]; u8 parameters; u8 pad[3]; struct {char name[32]; u32 flags;}
        /// parameter[6]. Flag 1: a pointer. Returns 0, or 1 if it failed.
        #[link_name = "getSyscallDeclaration"]
        pub fn get_syscall_declaration(name: u64, dst: u64) -> u32;
        // ---- Perf buffers ----
        /// A reader of a perf event array, with size bytes for each CPU. Returns a handle, 0 on an error.
        #[link_name = "newPerfReader"]
        pub fn new_perf_reader(map_: u32, size: u32, overwritable: u32) -> u32;
        /// Stops writing: before an overwritable buffer is read. Returns 0, or 1 if it failed.
        #[link_name = "perfReaderPause"]
        pub fn perf_reader_pause(reader: u32) -> u32;
        /// Writes again. Returns 0, or 1 if it failed.
        #[link_name = "perfReaderResume"]
        pub fn perf_reader_resume(reader: u32) -> u32;
        /// Copies one raw sample. 0 done, 1 error, 2 there is none (overwritable buffers; others wait).
        #[link_name = "perfReaderRead"]
        pub fn perf_reader_read(reader: u32, dst: u64) -> i32;
        /// Closes a reader and frees its handle. Returns 0, or 1 if it failed.
        #[link_name = "perfReaderClose"]
        pub fn perf_reader_close(reader: u32) -> u32;
        // ---- Kernel symbols and filter ----
        /// Whether the kernel has a symbol of this name. Returns 1 or 0.
        #[link_name = "kallsymsSymbolExists"]
        pub fn kallsyms_symbol_exists(name: u64) -> u32;
        /// 1 if the run is limited to some containers and this mount namespace is none of them. From
        /// gadgetStart on. Returns 1 or 0.
        #[link_name = "shouldDiscardMntnsID"]
        pub fn should_discard_mntns_id(mntns: u64) -> u32;
    }
}

/// Module `gadget_v2`.
pub mod v2 {
    use super::ViewField;

    #[link(wasm_import_module = "gadget_v2")]
    extern "C" {
        // ---- Discovery and errors ----
        /// Whether this host has the function gadget_v2.NAME. Importing one that it does not have is no
        /// error: it returns 5 (unsupported), so a module can fall back. Returns 1 or 0.
        #[link_name = "hasFunction"]
        pub fn has_function(name: u64) -> u32;
        /// The message of the last call that failed, of either module: "what failed: why". Cut to the buffer;
        /// returns its bytes.
        #[link_name = "lastError"]
        pub fn last_error(dst: u64) -> i32;
        // ---- Events ----
        /// Drops an event, a row or a whole packet while a callback has it: later callbacks and the output do
        /// not see it. It counts as filtered. Returns a code.
        #[link_name = "dataDrop"]
        pub fn data_drop(data: u32) -> u32;
        /// Has gadgetBatch(callback, source, records, count) called with many records at once, laid out flat
        /// in `buffer`. See "Batches". Returns a code.
        #[link_name = "subscribeBatch"]
        pub fn subscribe_batch(
            source: u32,
            priority: i32,
            callback: u64,
            view: *mut ViewField,
            count: u32,
            buffer: u64,
            stride: *mut u32,
        ) -> u32;
        // ---- Data sources and fields ----
        /// A handle of the data source at index; 2 (not found) past the last. Returns a code.
        #[link_name = "sourceAt"]
        pub fn source_at(index: u32, source: *mut u32) -> u32;
        /// Its name. Returns a code.
        #[link_name = "sourceName"]
        pub fn source_name(source: u32, dst: u64, length: *mut u32) -> u32;
        /// 1 single events, 2 arrays. Returns a code.
        #[link_name = "sourceType"]
        pub fn source_type(source: u32, type_: *mut u32) -> u32;
        /// Sets an annotation of a data source, such as cli.default-output-mode. Until gadgetPreStart ends.
        /// Returns a code.
        #[link_name = "sourceSetAttribute"]
        pub fn source_set_attribute(source: u32, key: u64, value: u64) -> u32;
        /// A handle of the field at index, in order of declaration; 2 (not found) past the last. Returns a
        /// code.
        #[link_name = "fieldAt"]
        pub fn field_at(source: u32, index: u32, field: *mut u32) -> u32;
        /// Its full name. Returns a code.
        #[link_name = "fieldName"]
        pub fn field_name(field: u32, dst: u64, length: *mut u32) -> u32;
        /// 24 bytes: u32 kind (array: | 0x10000000), flags, size of an element, elements (0: known for each
        /// record), bytes from one element to the next, 1 if it is a struct. Returns a code.
        #[link_name = "fieldInfo"]
        pub fn field_info(field: u32, dst: u64) -> u32;
        /// Adds a field, shown behind `after` unless that is 0. list 1: an array whose length each record
        /// decides (fieldSetLength). Until gadgetPreStart ends. Returns a code.
        #[link_name = "fieldAdd"]
        pub fn field_add(
            source: u32,
            name: u64,
            kind: u32,
            list: u32,
            after: u32,
            field: *mut u32,
        ) -> u32;
        /// Sets an annotation: columns.hidden, columns.width, columns.alignment, description ... Until
        /// gadgetPreStart ends. Returns a code.
        #[link_name = "fieldSetAttribute"]
        pub fn field_set_attribute(field: u32, key: u64, value: u64) -> u32;
        /// An annotation; 2 (not found) when it is not set. Returns a code.
        #[link_name = "fieldGetAttribute"]
        pub fn field_get_attribute(field: u32, key: u64, dst: u64, length: *mut u32) -> u32;
        /// Fields are shown in ascending order; the default is 0. Until gadgetPreStart ends. Returns a code.
        #[link_name = "fieldSetOrder"]
        pub fn field_set_order(field: u32, order: i32) -> u32;
        /// The field, with its members, is not shown in any output. It can still be read. Until
        /// gadgetPreStart ends. Returns a code.
        #[link_name = "fieldRemove"]
        pub fn field_remove(field: u32) -> u32;
        /// Elements of an array in this record. Returns a code.
        #[link_name = "fieldLength"]
        pub fn field_length(field: u32, data: u32, length: *mut u32) -> u32;
        /// Gives a list this many elements, all zero or empty. At most 65536. Returns a code.
        #[link_name = "fieldSetLength"]
        pub fn field_set_length(field: u32, data: u32, length: u32) -> u32;
        /// As fieldGetScalar, for an element of an array. In an array of structs the field is the member and
        /// the index that of the struct. Returns a code.
        #[link_name = "elementGet"]
        pub fn element_get(field: u32, data: u32, index: u32, kind: u32, value: *mut u64) -> u32;
        /// As fieldSet with a number, for an element. Returns a code.
        #[link_name = "elementSet"]
        pub fn element_set(field: u32, data: u32, index: u32, kind: u32, value: u64) -> u32;
        /// The bytes of an element. Returns a code.
        #[link_name = "elementGetBuffer"]
        pub fn element_get_buffer(
            field: u32,
            data: u32,
            index: u32,
            dst: u64,
            length: *mut u32,
        ) -> u32;
        /// Sets the text or the bytes of an element. Returns a code.
        #[link_name = "elementSetBuffer"]
        pub fn element_set_buffer(field: u32, data: u32, index: u32, value: u64) -> u32;
        // ---- eBPF objects before they are loaded ----
        /// The name of the program at index; 2 (not found) past the last. Returns a code.
        #[link_name = "programName"]
        pub fn program_name(index: u32, dst: u64, length: *mut u32) -> u32;
        /// The section of a program, such as kprobe/vfs_read. Returns a code.
        #[link_name = "programSection"]
        pub fn program_section(name: u64, dst: u64, length: *mut u32) -> u32;
        /// 0: the program is neither loaded nor attached. Until gadgetPreStart ends. Returns a code.
        #[link_name = "programSetEnabled"]
        pub fn program_set_enabled(name: u64, enabled: u32) -> u32;
        /// What stands behind the / of its section. Until gadgetPreStart ends. Returns a code.
        #[link_name = "programSetTarget"]
        pub fn program_set_target(name: u64, target: u64) -> u32;
        /// The value of a const volatile variable, as text. Returns a code.
        #[link_name = "variableGet"]
        pub fn variable_get(name: u64, dst: u64, length: *mut u32) -> u32;
        /// Sets a const volatile variable from text, as a flag would. Until gadgetPreStart ends. Returns a
        /// code.
        #[link_name = "variableSet"]
        pub fn variable_set(name: u64, value: u64) -> u32;
        /// The name of the map at index; 2 (not found) past the last. Returns a code.
        #[link_name = "mapName"]
        pub fn map_name(index: u32, dst: u64, length: *mut u32) -> u32;
        /// 20 bytes: u32 type, key size, value size, entries at most, flags. Returns a code.
        #[link_name = "mapInfo"]
        pub fn map_info(name: u64, dst: u64) -> u32;
        /// Gives a map another size. Until gadgetPreStart ends. Returns a code.
        #[link_name = "mapSetMaxEntries"]
        pub fn map_set_max_entries(name: u64, entries: u32) -> u32;
        // ---- Maps ----
        /// The key after `key`; the first when that is empty. 13 (end) after the last. Returns a code.
        #[link_name = "mapNextKey"]
        pub fn map_next_key(map_: u32, key: u64, next: u64) -> u32;
        /// Reads and deletes in one step. Returns a code.
        #[link_name = "mapLookupAndDelete"]
        pub fn map_lookup_and_delete(map_: u32, key: u64, value: u64) -> u32;
        /// Reads up to `count` entries, densely packed, and sets count to how many. *cursor is 0 at the start
        /// and is kept by the caller. Flag 1: deletes what was read. 13 (end) with the last ones. Returns a
        /// code.
        #[link_name = "mapLookupBatch"]
        pub fn map_lookup_batch(
            map_: u32,
            cursor: *mut u32,
            keys: u64,
            values: u64,
            count: *mut u32,
            flags: u32,
        ) -> u32;
        /// The value of one CPU in a per-CPU map. Returns a code.
        #[link_name = "mapLookupCpu"]
        pub fn map_lookup_cpu(map_: u32, key: u64, cpu: u32, value: u64) -> u32;
        /// The CPUs for which per-CPU maps have a value. Returns a code.
        #[link_name = "cpuCount"]
        pub fn cpu_count(count: *mut u32) -> u32;
        // ---- The machine ----
        /// The address of a symbol of the kernel. Returns a code.
        #[link_name = "kallsymsAddress"]
        pub fn kallsyms_address(name: u64, address: *mut u64) -> u32;
        /// The symbol at or before an address, and how far before. Returns a code.
        #[link_name = "kallsymsName"]
        pub fn kallsyms_name(address: u64, dst: u64, length: *mut u32, offset: *mut u64) -> u32;
        /// 0 if the kernel has a type of this name ("struct task_struct", or without the keyword), else 2
        /// (not found). Returns a code.
        #[link_name = "btfTypeExists"]
        pub fn btf_type_exists(type_: u64) -> u32;
        /// 0 if the kernel's struct or union has the member ("mm.exe_file" goes deeper), else 2 (not found).
        /// Returns a code.
        #[link_name = "btfFieldExists"]
        pub fn btf_field_exists(type_: u64, field: u64) -> u32;
        /// Major << 16 | minor << 8 | patch. Returns a code.
        #[link_name = "kernelVersion"]
        pub fn kernel_version(version: *mut u32) -> u32;
        /// 0 if the kernel can do it, else 2 (not found): program:kprobe, map:ringbuf,
        /// helper:bpf_loop@tracepoint, btf. Returns a code.
        #[link_name = "featureExists"]
        pub fn feature_exists(name: u64) -> u32;
        /// Numbers of system calls are smaller than this. Returns a code.
        #[link_name = "syscallCount"]
        pub fn syscall_count(count: *mut u32) -> u32;
        /// 64 bytes: u32 pid, parent, uid, gid; u64 start (ns since boot), mount, network and pid namespace;
        /// char comm[16]. Returns a code.
        #[link_name = "processInfo"]
        pub fn process_info(pid: u32, dst: u64) -> u32;
        /// 0 comm, 1 path of the executable, 2 working directory, 3 command line (NUL between the arguments),
        /// 4 path of the cgroup. Cut to the buffer. Returns a code.
        #[link_name = "processText"]
        pub fn process_text(pid: u32, what: u32, dst: u64, length: *mut u32) -> u32;
        /// The container of a process (what 0: id is a pid) or of a mount namespace (1), as "RUNTIME ID"; 2
        /// (not found) for the host. Returns a code.
        #[link_name = "containerOf"]
        pub fn container_of(what: u32, id: u64, dst: u64, length: *mut u32) -> u32;
        /// Nanoseconds since boot (0) or since 1970 (1). Returns a code.
        #[link_name = "clockNow"]
        pub fn clock_now(clock: u32, time: *mut u64) -> u32;
        // ---- Output modes ----
        /// `-o NAME` makes gadgetOutput(callback, source, data, end) write the text of the data source: data
        /// is an event or an array, end is 0; once more with data 0 and end 1 after the last. In gadgetInit
        /// only. Returns a code.
        #[link_name = "outputModeAdd"]
        pub fn output_mode_add(source: u32, name: u64, callback: u64) -> u32;
        /// Writes text, within gadgetOutput only. Returns a code.
        #[link_name = "outputWrite"]
        pub fn output_write(text: u64) -> u32;
        // ---- Timers ----
        /// Has gadgetTimer(callback) called every `interval` nanoseconds (at least a millisecond) from
        /// gadgetStart on; flag 1: once. release() stops it. Returns a code.
        #[link_name = "timerStart"]
        pub fn timer_start(interval: u64, flags: u32, callback: u64, timer: *mut u32) -> u32;
        // ---- Files and network, by permission ----
        /// Opens a file below a granted path. Flags: 1 read, 2 write, 4 create, 8 truncate, 16 append. 4
        /// (denied) otherwise. Returns a code.
        #[link_name = "fileOpen"]
        pub fn file_open(path: u64, flags: u32, file: *mut u32) -> u32;
        /// Reads; 13 (end) at the end of the file. Returns a code.
        #[link_name = "fileRead"]
        pub fn file_read(file: u32, dst: u64, count: *mut u32) -> u32;
        /// Writes. Returns a code.
        #[link_name = "fileWrite"]
        pub fn file_write(file: u32, src: u64, count: *mut u32) -> u32;
        /// Goes on at this byte. Returns a code.
        #[link_name = "fileSeek"]
        pub fn file_seek(file: u32, position: u64) -> u32;
        /// Connects to a granted address such as 10.0.0.1:53 or [::1]:53. Protocol: 0 TCP, 1 UDP. Returns a
        /// code.
        #[link_name = "netConnect"]
        pub fn net_connect(address: u64, protocol: u32, timeout_ms: u32, socket: *mut u32) -> u32;
        /// Sends. Returns a code.
        #[link_name = "netSend"]
        pub fn net_send(socket: u32, src: u64, count: *mut u32) -> u32;
        /// Receives; 12 (again) when nothing came in time, 13 (end) when the other side closed. Returns a
        /// code.
        #[link_name = "netReceive"]
        pub fn net_receive(socket: u32, dst: u64, timeout_ms: u32, count: *mut u32) -> u32;
        // ---- Handles and parameters ----
        /// Frees a handle of any kind, and closes or stops what is behind it. Returns a code.
        #[link_name = "release"]
        pub fn release(handle: u32) -> u32;
        /// The value of a parameter of params.wasm. Returns a code.
        #[link_name = "paramGet"]
        pub fn param_get(key: u64, dst: u64, length: *mut u32) -> u32;
    }
}
