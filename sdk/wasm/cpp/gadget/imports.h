// The functions that a host of gadgets offers to their modules, as they are.
// Written by scripts/wasm_abi.sh from src/wasm/abi_table.inc: do not edit.
//
// Addresses are those of this module's memory. `text`, `bytes` and buffers are one number: length << 32 | address.
#ifndef GADGET_IMPORTS_H
#define GADGET_IMPORTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GADGET_IMPORT(module, name) __attribute__((import_module(module), import_name(name))) extern

// What functions of gadget_v2 return.
enum gadget_code {
  GADGET_OK = 0,            // done
  GADGET_INVALID = 1,       // an argument makes no sense
  GADGET_NOT_FOUND = 2,     // there is nothing of that name, number or key
  GADGET_EXISTS = 3,        // the name is taken
  GADGET_DENIED = 4,        // not granted, or the kernel refuses
  GADGET_UNSUPPORTED = 5,   // not by this host, kernel, map or field
  GADGET_TOO_SMALL = 6,     // the buffer is smaller than what goes into it; nothing was written
  GADGET_BAD_HANDLE = 7,    // no handle, or one of another type
  GADGET_MEMORY = 8,        // an address outside of the module's memory
  GADGET_LIMIT = 9,         // a limit of the host
  GADGET_STATE = 10,        // not at this point of the lifecycle
  GADGET_IO = 11,           // the operation failed: see lastError
  GADGET_AGAIN = 12,        // nothing yet
  GADGET_END = 13,          // nothing more
};

// A field of the records of a batch. The module fills in field and flags, subscribeBatch the others.
struct gadget_view_field {
  uint32_t field;   // its handle
  uint32_t flags;   // 1: the module may write it
  uint32_t offset;  // of the field within a record, bytes
  uint32_t size;    // bytes
};

// ---- ig: Log ----

// Logs a message. Levels: 0 error, 1 warning, 2 info, 3 debug, 4 trace.
GADGET_IMPORT("ig", "gadgetLog")
void gadget_ig_gadgetLog(uint32_t level, uint64_t message);

// Whether messages of this level are shown: ask before formatting one. Returns 1 or 0.
GADGET_IMPORT("ig", "gadgetShouldLog")
uint32_t gadget_ig_gadgetShouldLog(uint32_t level);

// ---- ig: Data sources ----

// Makes a data source, in gadgetInit only. Types: 1 single events, 2 arrays of rows. One of the same name is
// replaced. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "newDataSource")
uint32_t gadget_ig_newDataSource(uint64_t name, uint32_t type);

// Finds a data source by name. Each call makes a handle. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "getDataSource")
uint32_t gadget_ig_getDataSource(uint64_t name);

// Has dataSourceCallback(callback, source, data) called. Types: 1 each event or row, 2 each array, 3 each
// packet. Lower priorities come first; up to 0 before the formatters, up to 9000 before the filter, above
// after the limit. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "dataSourceSubscribe")
uint32_t gadget_ig_dataSourceSubscribe(uint32_t source, uint32_t type, int32_t priority, uint64_t callback);

// Finds a field by its full name ("proc.pid"): exactly, else without regard to case. Each call makes a
// handle. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "dataSourceGetField")
uint32_t gadget_ig_dataSourceGetField(uint32_t source, uint64_t name);

// Adds a field. In gadgetInit and gadgetPreStart only. An existing name is an error. Returns a handle, 0 on
// an error.
GADGET_IMPORT("ig", "dataSourceAddField")
uint32_t gadget_ig_dataSourceAddField(uint32_t source, uint64_t name, uint32_t kind);

// A new event of a data source of single events; the handle is that of its data as well. Returns a handle, 0
// on an error.
GADGET_IMPORT("ig", "dataSourceNewPacketSingle")
uint32_t gadget_ig_dataSourceNewPacketSingle(uint32_t source);

// A new, empty array of a data source of arrays. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "dataSourceNewPacketArray")
uint32_t gadget_ig_dataSourceNewPacketArray(uint32_t source);

// Sends a packet on its way through the later stages, then frees it. Not in gadgetInit and gadgetPreStart.
// Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "dataSourceEmitAndRelease")
uint32_t gadget_ig_dataSourceEmitAndRelease(uint32_t source, uint32_t packet);

// Frees a packet without sending it. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "dataSourceRelease")
uint32_t gadget_ig_dataSourceRelease(uint32_t source, uint32_t packet);

// The data source is not shown: its events go no further than to the modules' callbacks. Returns 0, or 1 if
// it failed.
GADGET_IMPORT("ig", "dataSourceUnreference")
uint32_t gadget_ig_dataSourceUnreference(uint32_t source);

// 1 unless dataSourceUnreference was called, 2 on an error.
GADGET_IMPORT("ig", "dataSourceIsReferenced")
int32_t gadget_ig_dataSourceIsReferenced(uint32_t source);

// A new row, not yet part of the array. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "dataArrayNew")
uint32_t gadget_ig_dataArrayNew(uint32_t array);

// Appends a row made by dataArrayNew and frees its handle. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "dataArrayAppend")
uint32_t gadget_ig_dataArrayAppend(uint32_t array, uint32_t data);

// Frees a row that was not appended. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "dataArrayRelease")
uint32_t gadget_ig_dataArrayRelease(uint32_t array, uint32_t data);

// Rows; 0 on an error.
GADGET_IMPORT("ig", "dataArrayLen")
int32_t gadget_ig_dataArrayLen(uint32_t array);

// The row at index, up to 32767. The handle counts towards no limit and needs no release. Returns a handle, 0
// on an error.
GADGET_IMPORT("ig", "dataArrayGet")
uint32_t gadget_ig_dataArrayGet(uint32_t array, uint32_t index);

// ---- ig: Fields ----

// The value of a number: signed kinds sign-extended, floats as their bits. `error`, when not 0, is the
// address of a u32 that becomes 1 on an error. The size of kind must be that of the field.
GADGET_IMPORT("ig", "fieldGetScalar")
uint64_t gadget_ig_fieldGetScalar(uint32_t field, uint32_t data, uint32_t kind, uint32_t error);

// Copies the bytes of a field of any kind; kind is 12 (string) or 14 (bytes). Returns how many, or -1.
GADGET_IMPORT("ig", "fieldGetBuffer")
int32_t gadget_ig_fieldGetBuffer(uint32_t field, uint32_t data, uint32_t kind, uint64_t dst);

// Sets a field. Numbers by value, with a kind of the field's size; strings (12) and bytes (14) by length <<
// 32 | address. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "fieldSet")
uint32_t gadget_ig_fieldSet(uint32_t field, uint32_t data, uint32_t kind, uint64_t value);

// Adds a tag. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "fieldAddTag")
uint32_t gadget_ig_fieldAddTag(uint32_t field, uint64_t tag);

// ---- ig: Parameters and configuration ----

// The value of a parameter of params.wasm, without a NUL. Fails when the buffer is too small. Returns 0, or 1
// if it failed.
GADGET_IMPORT("ig", "getParamValue")
uint32_t gadget_ig_getParamValue(uint64_t key, uint64_t dst);

// Sets a dotted key of the metadata, such as programs.NAME.attach_to, until gadgetPreStart ends. kind must be
// 12 (string). Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "setConfig")
uint32_t gadget_ig_setConfig(uint64_t key, uint64_t value, uint32_t kind);

// ---- ig: Maps ----

// Makes a map of the kernel. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "newMap")
uint32_t gadget_ig_newMap(uint64_t name, uint32_t type, uint32_t key_size, uint32_t value_size,
                          uint32_t max_entries);

// A map of the gadget's eBPF object; from gadgetStart on. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "getMap")
uint32_t gadget_ig_getMap(uint64_t name);

// Reads a value. From a map of maps comes a u32 handle of the inner map. Per-CPU maps give the values of all
// CPUs, one after the other, each rounded up to 8 bytes. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "mapLookup")
uint32_t gadget_ig_mapLookup(uint32_t map, uint64_t key, uint64_t value);

// Writes a value. Flags: 0 any, 1 only new keys, 2 only existing ones, 4 with the spin lock. Maps of maps
// take a u32 handle. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "mapUpdate")
uint32_t gadget_ig_mapUpdate(uint32_t map, uint64_t key, uint64_t value, uint64_t flags);

// Deletes a key. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "mapDelete")
uint32_t gadget_ig_mapDelete(uint32_t map, uint64_t key);

// Closes a map made by newMap and frees its handle. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "mapRelease")
uint32_t gadget_ig_mapRelease(uint32_t map);

// ---- ig: Handles ----

// Frees a handle. At most 4096 are open at once. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "releaseHandle")
uint32_t gadget_ig_releaseHandle(uint32_t handle);

// ---- ig: System calls ----

// The name of a system call of this machine, or syscall_HEX. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "getSyscallName")
uint32_t gadget_ig_getSyscallName(uint32_t id, uint64_t dst);

// Its number, or -1.
GADGET_IMPORT("ig", "getSyscallID")
int32_t gadget_ig_getSyscallID(uint64_t name);

// 252 bytes: char name[32]; u8 parameters; u8 pad[3]; struct {char name[32]; u32 flags;} parameter[6]. Flag
// 1: a pointer. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "getSyscallDeclaration")
uint32_t gadget_ig_getSyscallDeclaration(uint64_t name, uint64_t dst);

// ---- ig: Perf buffers ----

// A reader of a perf event array, with size bytes for each CPU. Returns a handle, 0 on an error.
GADGET_IMPORT("ig", "newPerfReader")
uint32_t gadget_ig_newPerfReader(uint32_t map, uint32_t size, uint32_t overwritable);

// Stops writing: before an overwritable buffer is read. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "perfReaderPause")
uint32_t gadget_ig_perfReaderPause(uint32_t reader);

// Writes again. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "perfReaderResume")
uint32_t gadget_ig_perfReaderResume(uint32_t reader);

// Copies one raw sample. 0 done, 1 error, 2 there is none (overwritable buffers; others wait).
GADGET_IMPORT("ig", "perfReaderRead")
int32_t gadget_ig_perfReaderRead(uint32_t reader, uint64_t dst);

// Closes a reader and frees its handle. Returns 0, or 1 if it failed.
GADGET_IMPORT("ig", "perfReaderClose")
uint32_t gadget_ig_perfReaderClose(uint32_t reader);

// ---- ig: Kernel symbols and filter ----

// Whether the kernel has a symbol of this name. Returns 1 or 0.
GADGET_IMPORT("ig", "kallsymsSymbolExists")
uint32_t gadget_ig_kallsymsSymbolExists(uint64_t name);

// 1 if the run is limited to some containers and this mount namespace is none of them. From gadgetStart on.
// Returns 1 or 0.
GADGET_IMPORT("ig", "shouldDiscardMntnsID")
uint32_t gadget_ig_shouldDiscardMntnsID(uint64_t mntns);

// ---- gadget_v2: Discovery and errors ----

// Whether this host has the function gadget_v2.NAME. Importing one that it does not have is no error: it
// returns 5 (unsupported), so a module can fall back. Returns 1 or 0.
GADGET_IMPORT("gadget_v2", "hasFunction")
uint32_t gadget_v2_hasFunction(uint64_t name);

// The message of the last call that failed, of either module: "what failed: why". Cut to the buffer; returns
// its bytes.
GADGET_IMPORT("gadget_v2", "lastError")
int32_t gadget_v2_lastError(uint64_t dst);

// ---- gadget_v2: Events ----

// Drops an event, a row or a whole packet while a callback has it: later callbacks and the output do not see
// it. It counts as filtered. Returns a code.
GADGET_IMPORT("gadget_v2", "dataDrop")
uint32_t gadget_v2_dataDrop(uint32_t data);

// Has gadgetBatch(callback, source, records, count) called with many records at once, laid out flat in
// `buffer`. See "Batches". Returns a code.
GADGET_IMPORT("gadget_v2", "subscribeBatch")
uint32_t gadget_v2_subscribeBatch(uint32_t source, int32_t priority, uint64_t callback,
                                  struct gadget_view_field *view, uint32_t count, uint64_t buffer,
                                  uint32_t *stride);

// ---- gadget_v2: Data sources and fields ----

// A handle of the data source at index; 2 (not found) past the last. Returns a code.
GADGET_IMPORT("gadget_v2", "sourceAt")
uint32_t gadget_v2_sourceAt(uint32_t index, uint32_t *source);

// Its name. Returns a code.
GADGET_IMPORT("gadget_v2", "sourceName")
uint32_t gadget_v2_sourceName(uint32_t source, uint64_t dst, uint32_t *length);

// 1 single events, 2 arrays. Returns a code.
GADGET_IMPORT("gadget_v2", "sourceType")
uint32_t gadget_v2_sourceType(uint32_t source, uint32_t *type);

// Sets an annotation of a data source, such as cli.default-output-mode. Until gadgetPreStart ends. Returns a
// code.
GADGET_IMPORT("gadget_v2", "sourceSetAttribute")
uint32_t gadget_v2_sourceSetAttribute(uint32_t source, uint64_t key, uint64_t value);

// A handle of the field at index, in order of declaration; 2 (not found) past the last. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldAt")
uint32_t gadget_v2_fieldAt(uint32_t source, uint32_t index, uint32_t *field);

// Its full name. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldName")
uint32_t gadget_v2_fieldName(uint32_t field, uint64_t dst, uint32_t *length);

// 24 bytes: u32 kind (array: | 0x10000000), flags, size of an element, elements (0: known for each record),
// bytes from one element to the next, 1 if it is a struct. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldInfo")
uint32_t gadget_v2_fieldInfo(uint32_t field, uint64_t dst);

// Adds a field, shown behind `after` unless that is 0. list 1: an array whose length each record decides
// (fieldSetLength). Until gadgetPreStart ends. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldAdd")
uint32_t gadget_v2_fieldAdd(uint32_t source, uint64_t name, uint32_t kind, uint32_t list, uint32_t after,
                            uint32_t *field);

// Sets an annotation: columns.hidden, columns.width, columns.alignment, description ... Until gadgetPreStart
// ends. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldSetAttribute")
uint32_t gadget_v2_fieldSetAttribute(uint32_t field, uint64_t key, uint64_t value);

// An annotation; 2 (not found) when it is not set. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldGetAttribute")
uint32_t gadget_v2_fieldGetAttribute(uint32_t field, uint64_t key, uint64_t dst, uint32_t *length);

// Fields are shown in ascending order; the default is 0. Until gadgetPreStart ends. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldSetOrder")
uint32_t gadget_v2_fieldSetOrder(uint32_t field, int32_t order);

// The field, with its members, is not shown in any output. It can still be read. Until gadgetPreStart ends.
// Returns a code.
GADGET_IMPORT("gadget_v2", "fieldRemove")
uint32_t gadget_v2_fieldRemove(uint32_t field);

// Elements of an array in this record. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldLength")
uint32_t gadget_v2_fieldLength(uint32_t field, uint32_t data, uint32_t *length);

// Gives a list this many elements, all zero or empty. At most 65536. Returns a code.
GADGET_IMPORT("gadget_v2", "fieldSetLength")
uint32_t gadget_v2_fieldSetLength(uint32_t field, uint32_t data, uint32_t length);

// As fieldGetScalar, for an element of an array. In an array of structs the field is the member and the index
// that of the struct. Returns a code.
GADGET_IMPORT("gadget_v2", "elementGet")
uint32_t gadget_v2_elementGet(uint32_t field, uint32_t data, uint32_t index, uint32_t kind, uint64_t *value);

// As fieldSet with a number, for an element. Returns a code.
GADGET_IMPORT("gadget_v2", "elementSet")
uint32_t gadget_v2_elementSet(uint32_t field, uint32_t data, uint32_t index, uint32_t kind, uint64_t value);

// The bytes of an element. Returns a code.
GADGET_IMPORT("gadget_v2", "elementGetBuffer")
uint32_t gadget_v2_elementGetBuffer(uint32_t field, uint32_t data, uint32_t index, uint64_t dst,
                                    uint32_t *length);

// Sets the text or the bytes of an element. Returns a code.
GADGET_IMPORT("gadget_v2", "elementSetBuffer")
uint32_t gadget_v2_elementSetBuffer(uint32_t field, uint32_t data, uint32_t index, uint64_t value);

// ---- gadget_v2: eBPF objects before they are loaded ----

// The name of the program at index; 2 (not found) past the last. Returns a code.
GADGET_IMPORT("gadget_v2", "programName")
uint32_t gadget_v2_programName(uint32_t index, uint64_t dst, uint32_t *length);

// The section of a program, such as kprobe/vfs_read. Returns a code.
GADGET_IMPORT("gadget_v2", "programSection")
uint32_t gadget_v2_programSection(uint64_t name, uint64_t dst, uint32_t *length);

// 0: the program is neither loaded nor attached. Until gadgetPreStart ends. Returns a code.
GADGET_IMPORT("gadget_v2", "programSetEnabled")
uint32_t gadget_v2_programSetEnabled(uint64_t name, uint32_t enabled);

// What stands behind the / of its section. Until gadgetPreStart ends. Returns a code.
GADGET_IMPORT("gadget_v2", "programSetTarget")
uint32_t gadget_v2_programSetTarget(uint64_t name, uint64_t target);

// The value of a const volatile variable, as text. Returns a code.
GADGET_IMPORT("gadget_v2", "variableGet")
uint32_t gadget_v2_variableGet(uint64_t name, uint64_t dst, uint32_t *length);

// Sets a const volatile variable from text, as a flag would. Until gadgetPreStart ends. Returns a code.
GADGET_IMPORT("gadget_v2", "variableSet")
uint32_t gadget_v2_variableSet(uint64_t name, uint64_t value);

// The name of the map at index; 2 (not found) past the last. Returns a code.
GADGET_IMPORT("gadget_v2", "mapName")
uint32_t gadget_v2_mapName(uint32_t index, uint64_t dst, uint32_t *length);

// 20 bytes: u32 type, key size, value size, entries at most, flags. Returns a code.
GADGET_IMPORT("gadget_v2", "mapInfo")
uint32_t gadget_v2_mapInfo(uint64_t name, uint64_t dst);

// Gives a map another size. Until gadgetPreStart ends. Returns a code.
GADGET_IMPORT("gadget_v2", "mapSetMaxEntries")
uint32_t gadget_v2_mapSetMaxEntries(uint64_t name, uint32_t entries);

// ---- gadget_v2: Maps ----

// The key after `key`; the first when that is empty. 13 (end) after the last. Returns a code.
GADGET_IMPORT("gadget_v2", "mapNextKey")
uint32_t gadget_v2_mapNextKey(uint32_t map, uint64_t key, uint64_t next);

// Reads and deletes in one step. Returns a code.
GADGET_IMPORT("gadget_v2", "mapLookupAndDelete")
uint32_t gadget_v2_mapLookupAndDelete(uint32_t map, uint64_t key, uint64_t value);

// Reads up to `count` entries, densely packed, and sets count to how many. *cursor is 0 at the start and is
// kept by the caller. Flag 1: deletes what was read. 13 (end) with the last ones. Returns a code.
GADGET_IMPORT("gadget_v2", "mapLookupBatch")
uint32_t gadget_v2_mapLookupBatch(uint32_t map, uint32_t *cursor, uint64_t keys, uint64_t values,
                                  uint32_t *count, uint32_t flags);

// The value of one CPU in a per-CPU map. Returns a code.
GADGET_IMPORT("gadget_v2", "mapLookupCpu")
uint32_t gadget_v2_mapLookupCpu(uint32_t map, uint64_t key, uint32_t cpu, uint64_t value);

// The CPUs for which per-CPU maps have a value. Returns a code.
GADGET_IMPORT("gadget_v2", "cpuCount")
uint32_t gadget_v2_cpuCount(uint32_t *count);

// ---- gadget_v2: The machine ----

// The address of a symbol of the kernel. Returns a code.
GADGET_IMPORT("gadget_v2", "kallsymsAddress")
uint32_t gadget_v2_kallsymsAddress(uint64_t name, uint64_t *address);

// The symbol at or before an address, and how far before. Returns a code.
GADGET_IMPORT("gadget_v2", "kallsymsName")
uint32_t gadget_v2_kallsymsName(uint64_t address, uint64_t dst, uint32_t *length, uint64_t *offset);

// 0 if the kernel has a type of this name ("struct task_struct", or without the keyword), else 2 (not found).
// Returns a code.
GADGET_IMPORT("gadget_v2", "btfTypeExists")
uint32_t gadget_v2_btfTypeExists(uint64_t type);

// 0 if the kernel's struct or union has the member ("mm.exe_file" goes deeper), else 2 (not found). Returns a
// code.
GADGET_IMPORT("gadget_v2", "btfFieldExists")
uint32_t gadget_v2_btfFieldExists(uint64_t type, uint64_t field);

// Major << 16 | minor << 8 | patch. Returns a code.
GADGET_IMPORT("gadget_v2", "kernelVersion")
uint32_t gadget_v2_kernelVersion(uint32_t *version);

// 0 if the kernel can do it, else 2 (not found): program:kprobe, map:ringbuf, helper:bpf_loop@tracepoint,
// btf. Returns a code.
GADGET_IMPORT("gadget_v2", "featureExists")
uint32_t gadget_v2_featureExists(uint64_t name);

// Numbers of system calls are smaller than this. Returns a code.
GADGET_IMPORT("gadget_v2", "syscallCount")
uint32_t gadget_v2_syscallCount(uint32_t *count);

// 64 bytes: u32 pid, parent, uid, gid; u64 start (ns since boot), mount, network and pid namespace; char
// comm[16]. Returns a code.
GADGET_IMPORT("gadget_v2", "processInfo")
uint32_t gadget_v2_processInfo(uint32_t pid, uint64_t dst);

// 0 comm, 1 path of the executable, 2 working directory, 3 command line (NUL between the arguments), 4 path
// of the cgroup. Cut to the buffer. Returns a code.
GADGET_IMPORT("gadget_v2", "processText")
uint32_t gadget_v2_processText(uint32_t pid, uint32_t what, uint64_t dst, uint32_t *length);

// The container of a process (what 0: id is a pid) or of a mount namespace (1), as "RUNTIME ID"; 2 (not
// found) for the host. Returns a code.
GADGET_IMPORT("gadget_v2", "containerOf")
uint32_t gadget_v2_containerOf(uint32_t what, uint64_t id, uint64_t dst, uint32_t *length);

// Nanoseconds since boot (0) or since 1970 (1). Returns a code.
GADGET_IMPORT("gadget_v2", "clockNow")
uint32_t gadget_v2_clockNow(uint32_t clock, uint64_t *time);

// ---- gadget_v2: Output modes ----

// `-o NAME` makes gadgetOutput(callback, source, data, end) write the text of the data source: data is an
// event or an array, end is 0; once more with data 0 and end 1 after the last. In gadgetInit only. Returns a
// code.
GADGET_IMPORT("gadget_v2", "outputModeAdd")
uint32_t gadget_v2_outputModeAdd(uint32_t source, uint64_t name, uint64_t callback);

// Writes text, within gadgetOutput only. Returns a code.
GADGET_IMPORT("gadget_v2", "outputWrite")
uint32_t gadget_v2_outputWrite(uint64_t text);

// ---- gadget_v2: Timers ----

// Has gadgetTimer(callback) called every `interval` nanoseconds (at least a millisecond) from gadgetStart on;
// flag 1: once. release() stops it. Returns a code.
GADGET_IMPORT("gadget_v2", "timerStart")
uint32_t gadget_v2_timerStart(uint64_t interval, uint32_t flags, uint64_t callback, uint32_t *timer);

// ---- gadget_v2: Files and network, by permission ----

// Opens a file below a granted path. Flags: 1 read, 2 write, 4 create, 8 truncate, 16 append. 4 (denied)
// otherwise. Returns a code.
GADGET_IMPORT("gadget_v2", "fileOpen")
uint32_t gadget_v2_fileOpen(uint64_t path, uint32_t flags, uint32_t *file);

// Reads; 13 (end) at the end of the file. Returns a code.
GADGET_IMPORT("gadget_v2", "fileRead")
uint32_t gadget_v2_fileRead(uint32_t file, uint64_t dst, uint32_t *count);

// Writes. Returns a code.
GADGET_IMPORT("gadget_v2", "fileWrite")
uint32_t gadget_v2_fileWrite(uint32_t file, uint64_t src, uint32_t *count);

// Goes on at this byte. Returns a code.
GADGET_IMPORT("gadget_v2", "fileSeek")
uint32_t gadget_v2_fileSeek(uint32_t file, uint64_t position);

// Connects to a granted address such as 10.0.0.1:53 or [::1]:53. Protocol: 0 TCP, 1 UDP. Returns a code.
GADGET_IMPORT("gadget_v2", "netConnect")
uint32_t gadget_v2_netConnect(uint64_t address, uint32_t protocol, uint32_t timeout_ms, uint32_t *socket);

// Sends. Returns a code.
GADGET_IMPORT("gadget_v2", "netSend")
uint32_t gadget_v2_netSend(uint32_t socket, uint64_t src, uint32_t *count);

// Receives; 12 (again) when nothing came in time, 13 (end) when the other side closed. Returns a code.
GADGET_IMPORT("gadget_v2", "netReceive")
uint32_t gadget_v2_netReceive(uint32_t socket, uint64_t dst, uint32_t timeout_ms, uint32_t *count);

// ---- gadget_v2: Handles and parameters ----

// Frees a handle of any kind, and closes or stops what is behind it. Returns a code.
GADGET_IMPORT("gadget_v2", "release")
uint32_t gadget_v2_release(uint32_t handle);

// The value of a parameter of params.wasm. Returns a code.
GADGET_IMPORT("gadget_v2", "paramGet")
uint32_t gadget_v2_paramGet(uint64_t key, uint64_t dst, uint32_t *length);

#ifdef __cplusplus
}
#endif

#endif  // GADGET_IMPORTS_H
