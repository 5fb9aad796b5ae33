// Written by scripts/wasm_abi.sh from src/wasm/abi_table.inc: do not edit.

//go:build wasm

package gadget

// The functions that a host of gadgets offers to their modules, as they are. Addresses are those of this
// module's memory. Text, bytes and buffers are one number: length << 32 | address.

import "unsafe"

// Code is what functions of gadget_v2 return.
type Code uint32

// The codes.
const (
	// CodeOk: done.
	CodeOk Code = 0
	// CodeInvalid: an argument makes no sense.
	CodeInvalid Code = 1
	// CodeNotFound: there is nothing of that name, number or key.
	CodeNotFound Code = 2
	// CodeExists: the name is taken.
	CodeExists Code = 3
	// CodeDenied: not granted, or the kernel refuses.
	CodeDenied Code = 4
	// CodeUnsupported: not by this host, kernel, map or field.
	CodeUnsupported Code = 5
	// CodeTooSmall: the buffer is smaller than what goes into it; nothing was written.
	CodeTooSmall Code = 6
	// CodeBadHandle: no handle, or one of another type.
	CodeBadHandle Code = 7
	// CodeMemory: an address outside of the module's memory.
	CodeMemory Code = 8
	// CodeLimit: a limit of the host.
	CodeLimit Code = 9
	// CodeState: not at this point of the lifecycle.
	CodeState Code = 10
	// CodeIo: the operation failed: see lastError.
	CodeIo Code = 11
	// CodeAgain: nothing yet.
	CodeAgain Code = 12
	// CodeEnd: nothing more.
	CodeEnd Code = 13
)

// viewField is a field of the records of a batch. The module fills in field and flags, v2SubscribeBatch the others.
type viewField struct {
	field  uint32 // its handle
	flags  uint32 // 1: the module may write it
	offset uint32 // of the field within a record, bytes
	size   uint32 // bytes
}

// ---- ig: Log ----

// igGadgetLog: Logs a message. Levels: 0 error, 1 warning, 2 info, 3 debug, 4 trace.
//
//go:wasmimport ig gadgetLog
//go:noescape
func igGadgetLog(level uint32, message uint64)

// igGadgetShouldLog: Whether messages of this level are shown: ask before formatting one. Returns 1 or 0.
//
//go:wasmimport ig gadgetShouldLog
//go:noescape
func igGadgetShouldLog(level uint32) uint32

// ---- ig: Data sources ----

// igNewDataSource: Makes a data source, in gadgetInit only. Types: 1 single events, 2 arrays of rows. One of
// the same name is replaced. Returns a handle, 0 on an error.
//
//go:wasmimport ig newDataSource
//go:noescape
func igNewDataSource(name uint64, type_ uint32) uint32

// igGetDataSource: Finds a data source by name. Each call makes a handle. Returns a handle, 0 on an error.
//
//go:wasmimport ig getDataSource
//go:noescape
func igGetDataSource(name uint64) uint32

// igDataSourceSubscribe: Has dataSourceCallback(callback, source, data) called. Types: 1 each event or row, 2
// each array, 3 each packet. Lower priorities come first; up to 0 before the formatters, up to 9000 before
// the filter, above after the limit. Returns 0, or 1 if it failed.
//
//go:wasmimport ig dataSourceSubscribe
//go:noescape
func igDataSourceSubscribe(source uint32, type_ uint32, priority int32, callback uint64) uint32

// igDataSourceGetField: Finds a field by its full name ("proc.pid"): exactly, else without regard to case.
// Each call makes a handle. Returns a handle, 0 on an error.
//
//go:wasmimport ig dataSourceGetField
//go:noescape
func igDataSourceGetField(source uint32, name uint64) uint32

// igDataSourceAddField: Adds a field. In gadgetInit and gadgetPreStart only. An existing name is an error.
// Returns a handle, 0 on an error.
//
//go:wasmimport ig dataSourceAddField
//go:noescape
func igDataSourceAddField(source uint32, name uint64, kind uint32) uint32

// igDataSourceNewPacketSingle: A new event of a data source of single events; the handle is that of its data
// as well. Returns a handle, 0 on an error.
//
//go:wasmimport ig dataSourceNewPacketSingle
//go:noescape
func igDataSourceNewPacketSingle(source uint32) uint32

// igDataSourceNewPacketArray: A new, empty array of a data source of arrays. Returns a handle, 0 on an error.
//
//go:wasmimport ig dataSourceNewPacketArray
//go:noescape
func igDataSourceNewPacketArray(source uint32) uint32

// igDataSourceEmitAndRelease: Sends a packet on its way through the later stages, then frees it. Not in
// gadgetInit and gadgetPreStart. Returns 0, or 1 if it failed.
//
//go:wasmimport ig dataSourceEmitAndRelease
//go:noescape
func igDataSourceEmitAndRelease(source uint32, packet uint32) uint32

// igDataSourceRelease: Frees a packet without sending it. Returns 0, or 1 if it failed.
//
//go:wasmimport ig dataSourceRelease
//go:noescape
func igDataSourceRelease(source uint32, packet uint32) uint32

// igDataSourceUnreference: The data source is not shown: its events go no further than to the modules'
// callbacks. Returns 0, or 1 if it failed.
//
//go:wasmimport ig dataSourceUnreference
//go:noescape
func igDataSourceUnreference(source uint32) uint32

// igDataSourceIsReferenced: 1 unless dataSourceUnreference was called, 2 on an error.
//
//go:wasmimport ig dataSourceIsReferenced
//go:noescape
func igDataSourceIsReferenced(source uint32) int32

// igDataArrayNew: A new row, not yet part of the array. Returns a handle, 0 on an error.
//
//go:wasmimport ig dataArrayNew
//go:noescape
func igDataArrayNew(array uint32) uint32

// igDataArrayAppend: Appends a row made by dataArrayNew and frees its handle. Returns 0, or 1 if it failed.
//
//go:wasmimport ig dataArrayAppend
//go:noescape
func igDataArrayAppend(array uint32, data uint32) uint32

// igDataArrayRelease: Frees a row that was not appended. Returns 0, or 1 if it failed.
//
//go:wasmimport ig dataArrayRelease
//go:noescape
func igDataArrayRelease(array uint32, data uint32) uint32

// igDataArrayLen: Rows; 0 on an error.
//
//go:wasmimport ig dataArrayLen
//go:noescape
func igDataArrayLen(array uint32) int32

// igDataArrayGet: The row at index, up to 32767. The handle counts towards no limit and needs no release.
// Returns a handle, 0 on an error.
//
//go:wasmimport ig dataArrayGet
//go:noescape
func igDataArrayGet(array uint32, index uint32) uint32

// ---- ig: Fields ----

// igFieldGetScalar: The value of a number: signed kinds sign-extended, floats as their bits. `error`, when
// not 0, is the address of a u32 that becomes 1 on an error. The size of kind must be that of the field.
//
//go:wasmimport ig fieldGetScalar
//go:noescape
func igFieldGetScalar(field uint32, data uint32, kind uint32, error uint32) uint64

// igFieldGetBuffer: Copies the bytes of a field of any kind; kind is 12 (string) or 14 (bytes). Returns how
// many, or -1.
//
//go:wasmimport ig fieldGetBuffer
//go:noescape
func igFieldGetBuffer(field uint32, data uint32, kind uint32, dst uint64) int32

// igFieldSet: Sets a field. Numbers by value, with a kind of the field's size; strings (12) and bytes (14) by
// length << 32 | address. Returns 0, or 1 if it failed.
//
//go:wasmimport ig fieldSet
//go:noescape
func igFieldSet(field uint32, data uint32, kind uint32, value uint64) uint32

// igFieldAddTag: Adds a tag. Returns 0, or 1 if it failed.
//
//go:wasmimport ig fieldAddTag
//go:noescape
func igFieldAddTag(field uint32, tag uint64) uint32

// ---- ig: Parameters and configuration ----

// igGetParamValue: The value of a parameter of params.wasm, without a NUL. Fails when the buffer is too
// small. Returns 0, or 1 if it failed.
//
//go:wasmimport ig getParamValue
//go:noescape
func igGetParamValue(key uint64, dst uint64) uint32

// igSetConfig: Sets a dotted key of the metadata, such as programs.NAME.attach_to, until gadgetPreStart ends.
// kind must be 12 (string). Returns 0, or 1 if it failed.
//
//go:wasmimport ig setConfig
//go:noescape
func igSetConfig(key uint64, value uint64, kind uint32) uint32

// ---- ig: Maps ----

// igNewMap: Makes a map of the kernel. Returns a handle, 0 on an error.
//
//go:wasmimport ig newMap
//go:noescape
func igNewMap(name uint64, type_ uint32, keySize uint32, valueSize uint32, maxEntries uint32) uint32

// igGetMap: A map of the gadget's eBPF object; from gadgetStart on. Returns a handle, 0 on an error.
//
//go:wasmimport ig getMap
//go:noescape
func igGetMap(name uint64) uint32

// igMapLookup: Reads a value. From a map of maps comes a u32 handle of the inner map. Per-CPU maps give the
// values of all CPUs, one after the other, each rounded up to 8 bytes. Returns 0, or 1 if it failed.
//
//go:wasmimport ig mapLookup
//go:noescape
func igMapLookup(map_ uint32, key uint64, value uint64) uint32

// igMapUpdate: Writes a value. Flags: 0 any, 1 only new keys, 2 only existing ones, 4 with the spin lock.
// Maps of maps take a u32 handle. Returns 0, or 1 if it failed.
//
//go:wasmimport ig mapUpdate
//go:noescape
func igMapUpdate(map_ uint32, key uint64, value uint64, flags uint64) uint32

// igMapDelete: Deletes a key. Returns 0, or 1 if it failed.
//
//go:wasmimport ig mapDelete
//go:noescape
func igMapDelete(map_ uint32, key uint64) uint32

// igMapRelease: Closes a map made by newMap and frees its handle. Returns 0, or 1 if it failed.
//
//go:wasmimport ig mapRelease
//go:noescape
func igMapRelease(map_ uint32) uint32

// ---- ig: Handles ----

// igReleaseHandle: Frees a handle. At most 4096 are open at once. Returns 0, or 1 if it failed.
//
//go:wasmimport ig releaseHandle
//go:noescape
func igReleaseHandle(handle uint32) uint32

// ---- ig: System calls ----

// igGetSyscallName: The name of a system call of this machine, or syscall_HEX. Returns 0, or 1 if it failed.
//
//go:wasmimport ig getSyscallName
//go:noescape
func igGetSyscallName(id uint32, dst uint64) uint32

// igGetSyscallID: Its number, or -1.
//
//go:wasmimport ig getSyscallID
//go:noescape
func igGetSyscallID(name uint64) int32

// igGetSyscallDeclaration: 252 bytes: char name[32]; u8 parameters; u8 pad[3]; struct {char name[32]; u32
// flags;} parameter[6]. Flag 1: a pointer. Returns 0, or 1 if it failed.
//
//go:wasmimport ig getSyscallDeclaration
//go:noescape
func igGetSyscallDeclaration(name uint64, dst uint64) uint32

// ---- ig: Perf buffers ----

// igNewPerfReader: A reader of a perf event array, with size bytes for each CPU. Returns a handle, 0 on an
// error.
//
//go:wasmimport ig newPerfReader
//go:noescape
func igNewPerfReader(map_ uint32, size uint32, overwritable uint32) uint32

// igPerfReaderPause: Stops writing: before an overwritable buffer is read. Returns 0, or 1 if it failed.
//
//go:wasmimport ig perfReaderPause
//go:noescape
func igPerfReaderPause(reader uint32) uint32

// igPerfReaderResume: Writes again. Returns 0, or 1 if it failed.
//
//go:wasmimport ig perfReaderResume
//go:noescape
func igPerfReaderResume(reader uint32) uint32

// igPerfReaderRead: Copies one raw sample. 0 done, 1 error, 2 there is none (overwritable buffers; others
// wait).
//
//go:wasmimport ig perfReaderRead
//go:noescape
func igPerfReaderRead(reader uint32, dst uint64) int32

// igPerfReaderClose: Closes a reader and frees its handle. Returns 0, or 1 if it failed.
//
//go:wasmimport ig perfReaderClose
//go:noescape
func igPerfReaderClose(reader uint32) uint32

// ---- ig: Kernel symbols and filter ----

// igKallsymsSymbolExists: Whether the kernel has a symbol of this name. Returns 1 or 0.
//
//go:wasmimport ig kallsymsSymbolExists
//go:noescape
func igKallsymsSymbolExists(name uint64) uint32

// igShouldDiscardMntnsID: 1 if the run is limited to some containers and this mount namespace is none of
// them. From gadgetStart on. Returns 1 or 0.
//
//go:wasmimport ig shouldDiscardMntnsID
//go:noescape
func igShouldDiscardMntnsID(mntns uint64) uint32

// ---- gadget_v2: Discovery and errors ----

// v2HasFunction: Whether this host has the function gadget_v2.NAME. Importing one that it does not have is no
// error: it returns 5 (unsupported), so a module can fall back. Returns 1 or 0.
//
//go:wasmimport gadget_v2 hasFunction
//go:noescape
func v2HasFunction(name uint64) uint32

// v2LastError: The message of the last call that failed, of either module: "what failed: why". Cut to the
// buffer; returns its bytes.
//
//go:wasmimport gadget_v2 lastError
//go:noescape
func v2LastError(dst uint64) int32

// ---- gadget_v2: Events ----

// v2DataDrop: Drops an event, a row or a whole packet while a callback has it: later callbacks and the output
// do not see it. It counts as filtered. Returns a code.
//
//go:wasmimport gadget_v2 dataDrop
//go:noescape
func v2DataDrop(data uint32) uint32

// v2SubscribeBatch: Has gadgetBatch(callback, source, records, count) called with many records at once, laid
// out flat in `buffer`. See "Batches". Returns a code.
//
//go:wasmimport gadget_v2 subscribeBatch
//go:noescape
func v2SubscribeBatch(source uint32, priority int32, callback uint64, view unsafe.Pointer, count uint32, buffer uint64, stride unsafe.Pointer) uint32

// ---- gadget_v2: Data sources and fields ----

// v2SourceAt: A handle of the data source at index; 2 (not found) past the last. Returns a code.
//
//go:wasmimport gadget_v2 sourceAt
//go:noescape
func v2SourceAt(index uint32, source unsafe.Pointer) uint32

// v2SourceName: Its name. Returns a code.
//
//go:wasmimport gadget_v2 sourceName
//go:noescape
func v2SourceName(source uint32, dst uint64, length unsafe.Pointer) uint32

// v2SourceType: 1 single events, 2 arrays. Returns a code.
//
//go:wasmimport gadget_v2 sourceType
//go:noescape
func v2SourceType(source uint32, type_ unsafe.Pointer) uint32

// v2SourceSetAttribute: Sets an annotation of a data source, such as cli.default-output-mode. Until
// gadgetPreStart ends. Returns a code.
//
//go:wasmimport gadget_v2 sourceSetAttribute
//go:noescape
func v2SourceSetAttribute(source uint32, key uint64, value uint64) uint32

// v2FieldAt: A handle of the field at index, in order of declaration; 2 (not found) past the last. Returns a
// code.
//
//go:wasmimport gadget_v2 fieldAt
//go:noescape
func v2FieldAt(source uint32, index uint32, field unsafe.Pointer) uint32

// v2FieldName: Its full name. Returns a code.
//
//go:wasmimport gadget_v2 fieldName
//go:noescape
func v2FieldName(field uint32, dst uint64, length unsafe.Pointer) uint32

// v2FieldInfo: 24 bytes: u32 kind (array: | 0x10000000), flags, size of an element, elements (0: known for
// each record), bytes from one element to the next, 1 if it is a struct. Returns a code.
//
//go:wasmimport gadget_v2 fieldInfo
//go:noescape
func v2FieldInfo(field uint32, dst uint64) uint32

// v2FieldAdd: Adds a field, shown behind `after` unless that is 0. list 1: an array whose length each record
// decides (fieldSetLength). Until gadgetPreStart ends. Returns a code.
//
//go:wasmimport gadget_v2 fieldAdd
//go:noescape
func v2FieldAdd(source uint32, name uint64, kind uint32, list uint32, after uint32, field unsafe.Pointer) uint32

// v2FieldSetAttribute: Sets an annotation: columns.hidden, columns.width, columns.alignment, description ...
// Until gadgetPreStart ends. Returns a code.
//
//go:wasmimport gadget_v2 fieldSetAttribute
//go:noescape
func v2FieldSetAttribute(field uint32, key uint64, value uint64) uint32

// v2FieldGetAttribute: An annotation; 2 (not found) when it is not set. Returns a code.
//
//go:wasmimport gadget_v2 fieldGetAttribute
//go:noescape
func v2FieldGetAttribute(field uint32, key uint64, dst uint64, length unsafe.Pointer) uint32

// v2FieldSetOrder: Fields are shown in ascending order; the default is 0. Until gadgetPreStart ends. Returns
// a code.
//
//go:wasmimport gadget_v2 fieldSetOrder
//go:noescape
func v2FieldSetOrder(field uint32, order int32) uint32

// v2FieldRemove: The field, with its members, is not shown in any output. It can still be read. Until
// gadgetPreStart ends. Returns a code.
//
//go:wasmimport gadget_v2 fieldRemove
//go:noescape
func v2FieldRemove(field uint32) uint32

// v2FieldLength: Elements of an array in this record. Returns a code.
//
//go:wasmimport gadget_v2 fieldLength
//go:noescape
func v2FieldLength(field uint32, data uint32, length unsafe.Pointer) uint32

// v2FieldSetLength: Gives a list this many elements, all zero or empty. At most 65536. Returns a code.
//
//go:wasmimport gadget_v2 fieldSetLength
//go:noescape
func v2FieldSetLength(field uint32, data uint32, length uint32) uint32

// v2ElementGet: As fieldGetScalar, for an element of an array. In an array of structs the field is the member
// and the index that of the struct. Returns a code.
//
//go:wasmimport gadget_v2 elementGet
//go:noescape
func v2ElementGet(field uint32, data uint32, index uint32, kind uint32, value unsafe.Pointer) uint32

// v2ElementSet: As fieldSet with a number, for an element. Returns a code.
//
//go:wasmimport gadget_v2 elementSet
//go:noescape
func v2ElementSet(field uint32, data uint32, index uint32, kind uint32, value uint64) uint32

// v2ElementGetBuffer: The bytes of an element. Returns a code.
//
//go:wasmimport gadget_v2 elementGetBuffer
//go:noescape
func v2ElementGetBuffer(field uint32, data uint32, index uint32, dst uint64, length unsafe.Pointer) uint32

// v2ElementSetBuffer: Sets the text or the bytes of an element. Returns a code.
//
//go:wasmimport gadget_v2 elementSetBuffer
//go:noescape
func v2ElementSetBuffer(field uint32, data uint32, index uint32, value uint64) uint32

// ---- gadget_v2: eBPF objects before they are loaded ----

// v2ProgramName: The name of the program at index; 2 (not found) past the last. Returns a code.
//
//go:wasmimport gadget_v2 programName
//go:noescape
func v2ProgramName(index uint32, dst uint64, length unsafe.Pointer) uint32

// v2ProgramSection: The section of a program, such as kprobe/vfs_read. Returns a code.
//
//go:wasmimport gadget_v2 programSection
//go:noescape
func v2ProgramSection(name uint64, dst uint64, length unsafe.Pointer) uint32

// v2ProgramSetEnabled: 0: the program is neither loaded nor attached. Until gadgetPreStart ends. Returns a
// code.
//
//go:wasmimport gadget_v2 programSetEnabled
//go:noescape
func v2ProgramSetEnabled(name uint64, enabled uint32) uint32

// v2ProgramSetTarget: What stands behind the / of its section. Until gadgetPreStart ends. Returns a code.
//
//go:wasmimport gadget_v2 programSetTarget
//go:noescape
func v2ProgramSetTarget(name uint64, target uint64) uint32

// v2VariableGet: The value of a const volatile variable, as text. Returns a code.
//
//go:wasmimport gadget_v2 variableGet
//go:noescape
func v2VariableGet(name uint64, dst uint64, length unsafe.Pointer) uint32

// v2VariableSet: Sets a const volatile variable from text, as a flag would. Until gadgetPreStart ends.
// Returns a code.
//
//go:wasmimport gadget_v2 variableSet
//go:noescape
func v2VariableSet(name uint64, value uint64) uint32

// v2MapName: The name of the map at index; 2 (not found) past the last. Returns a code.
//
//go:wasmimport gadget_v2 mapName
//go:noescape
func v2MapName(index uint32, dst uint64, length unsafe.Pointer) uint32

// v2MapInfo: 20 bytes: u32 type, key size, value size, entries at most, flags. Returns a code.
//
//go:wasmimport gadget_v2 mapInfo
//go:noescape
func v2MapInfo(name uint64, dst uint64) uint32

// v2MapSetMaxEntries: Gives a map another size. Until gadgetPreStart ends. Returns a code.
//
//go:wasmimport gadget_v2 mapSetMaxEntries
//go:noescape
func v2MapSetMaxEntries(name uint64, entries uint32) uint32

// ---- gadget_v2: Maps ----

// v2MapNextKey: The key after `key`; the first when that is empty. 13 (end) after the last. Returns a code.
//
//go:wasmimport gadget_v2 mapNextKey
//go:noescape
func v2MapNextKey(map_ uint32, key uint64, next uint64) uint32

// v2MapLookupAndDelete: Reads and deletes in one step. Returns a code.
//
//go:wasmimport gadget_v2 mapLookupAndDelete
//go:noescape
func v2MapLookupAndDelete(map_ uint32, key uint64, value uint64) uint32

// v2MapLookupBatch: Reads up to `count` entries, densely packed, and sets count to how many. *cursor is 0 at
// the start and is kept by the caller. Flag 1: deletes what was read. 13 (end) with the last ones. Returns a
// code.
//
//go:wasmimport gadget_v2 mapLookupBatch
//go:noescape
func v2MapLookupBatch(map_ uint32, cursor unsafe.Pointer, keys uint64, values uint64, count unsafe.Pointer, flags uint32) uint32

// v2MapLookupCpu: The value of one CPU in a per-CPU map. Returns a code.
//
//go:wasmimport gadget_v2 mapLookupCpu
//go:noescape
func v2MapLookupCpu(map_ uint32, key uint64, cpu uint32, value uint64) uint32

// v2CpuCount: The CPUs for which per-CPU maps have a value. Returns a code.
//
//go:wasmimport gadget_v2 cpuCount
//go:noescape
func v2CpuCount(count unsafe.Pointer) uint32

// ---- gadget_v2: The machine ----

// v2KallsymsAddress: The address of a symbol of the kernel. Returns a code.
//
//go:wasmimport gadget_v2 kallsymsAddress
//go:noescape
func v2KallsymsAddress(name uint64, address unsafe.Pointer) uint32

// v2KallsymsName: The symbol at or before an address, and how far before. Returns a code.
//
//go:wasmimport gadget_v2 kallsymsName
//go:noescape
func v2KallsymsName(address uint64, dst uint64, length unsafe.Pointer, offset unsafe.Pointer) uint32

// v2BtfTypeExists: 0 if the kernel has a type of this name ("struct task_struct", or without the keyword),
// else 2 (not found). Returns a code.
//
//go:wasmimport gadget_v2 btfTypeExists
//go:noescape
func v2BtfTypeExists(type_ uint64) uint32

// v2BtfFieldExists: 0 if the kernel's struct or union has the member ("mm.exe_file" goes deeper), else 2 (not
// found). Returns a code.
//
//go:wasmimport gadget_v2 btfFieldExists
//go:noescape
func v2BtfFieldExists(type_ uint64, field uint64) uint32

// v2KernelVersion: Major << 16 | minor << 8 | patch. Returns a code.
//
//go:wasmimport gadget_v2 kernelVersion
//go:noescape
func v2KernelVersion(version unsafe.Pointer) uint32

// v2FeatureExists: 0 if the kernel can do it, else 2 (not found): program:kprobe, map:ringbuf,
// helper:bpf_loop@tracepoint, btf. Returns a code.
//
//go:wasmimport gadget_v2 featureExists
//go:noescape
func v2FeatureExists(name uint64) uint32

// v2SyscallCount: Numbers of system calls are smaller than this. Returns a code.
//
//go:wasmimport gadget_v2 syscallCount
//go:noescape
func v2SyscallCount(count unsafe.Pointer) uint32

// v2ProcessInfo: 64 bytes: u32 pid, parent, uid, gid; u64 start (ns since boot), mount, network and pid
// namespace; char comm[16]. Returns a code.
//
//go:wasmimport gadget_v2 processInfo
//go:noescape
func v2ProcessInfo(pid uint32, dst uint64) uint32

// v2ProcessText: 0 comm, 1 path of the executable, 2 working directory, 3 command line (NUL between the
// arguments), 4 path of the cgroup. Cut to the buffer. Returns a code.
//
//go:wasmimport gadget_v2 processText
//go:noescape
func v2ProcessText(pid uint32, what uint32, dst uint64, length unsafe.Pointer) uint32

// v2ContainerOf: The container of a process (what 0: id is a pid) or of a mount namespace (1), as "RUNTIME
// ID"; 2 (not found) for the host. Returns a code.
//
//go:wasmimport gadget_v2 containerOf
//go:noescape
func v2ContainerOf(what uint32, id uint64, dst uint64, length unsafe.Pointer) uint32

// v2ClockNow: Nanoseconds since boot (0) or since 1970 (1). Returns a code.
//
//go:wasmimport gadget_v2 clockNow
//go:noescape
func v2ClockNow(clock uint32, time unsafe.Pointer) uint32

// ---- gadget_v2: Output modes ----

// v2OutputModeAdd: `-o NAME` makes gadgetOutput(callback, source, data, end) write the text of the data
// source: data is an event or an array, end is 0; once more with data 0 and end 1 after the last. In
// gadgetInit only. Returns a code.
//
//go:wasmimport gadget_v2 outputModeAdd
//go:noescape
func v2OutputModeAdd(source uint32, name uint64, callback uint64) uint32

// v2OutputWrite: Writes text, within gadgetOutput only. Returns a code.
//
//go:wasmimport gadget_v2 outputWrite
//go:noescape
func v2OutputWrite(text uint64) uint32

// ---- gadget_v2: Timers ----

// v2TimerStart: Has gadgetTimer(callback) called every `interval` nanoseconds (at least a millisecond) from
// gadgetStart on; flag 1: once. release() stops it. Returns a code.
//
//go:wasmimport gadget_v2 timerStart
//go:noescape
func v2TimerStart(interval uint64, flags uint32, callback uint64, timer unsafe.Pointer) uint32

// ---- gadget_v2: Files and network, by permission ----

// v2FileOpen: Opens a file below a granted path. Flags: 1 read, 2 write, 4 create, 8 truncate, 16 append. 4
// (denied) otherwise. Returns a code.
//
//go:wasmimport gadget_v2 fileOpen
//go:noescape
func v2FileOpen(path uint64, flags uint32, file unsafe.Pointer) uint32

// v2FileRead: Reads; 13 (end) at the end of the file. Returns a code.
//
//go:wasmimport gadget_v2 fileRead
//go:noescape
func v2FileRead(file uint32, dst uint64, count unsafe.Pointer) uint32

// v2FileWrite: Writes. Returns a code.
//
//go:wasmimport gadget_v2 fileWrite
//go:noescape
func v2FileWrite(file uint32, src uint64, count unsafe.Pointer) uint32

// v2FileSeek: Goes on at this byte. Returns a code.
//
//go:wasmimport gadget_v2 fileSeek
//go:noescape
func v2FileSeek(file uint32, position uint64) uint32

// v2NetConnect: Connects to a granted address such as 10.0.0.1:53 or [::1]:53. Protocol: 0 TCP, 1 UDP.
// Returns a code.
//
//go:wasmimport gadget_v2 netConnect
//go:noescape
func v2NetConnect(address uint64, protocol uint32, timeoutMs uint32, socket unsafe.Pointer) uint32

// v2NetSend: Sends. Returns a code.
//
//go:wasmimport gadget_v2 netSend
//go:noescape
func v2NetSend(socket uint32, src uint64, count unsafe.Pointer) uint32

// v2NetReceive: Receives; 12 (again) when nothing came in time, 13 (end) when the other side closed. Returns
// a code.
//
//go:wasmimport gadget_v2 netReceive
//go:noescape
func v2NetReceive(socket uint32, dst uint64, timeoutMs uint32, count unsafe.Pointer) uint32

// ---- gadget_v2: Handles and parameters ----

// v2Release: Frees a handle of any kind, and closes or stops what is behind it. Returns a code.
//
//go:wasmimport gadget_v2 release
//go:noescape
func v2Release(handle uint32) uint32

// v2ParamGet: The value of a parameter of params.wasm. Returns a code.
//
//go:wasmimport gadget_v2 paramGet
//go:noescape
func v2ParamGet(key uint64, dst uint64, length unsafe.Pointer) uint32
