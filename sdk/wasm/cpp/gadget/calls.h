// The functions that a host of gadgets offers to their modules, for C.
// Written by scripts/wasm_abi.sh from src/wasm/abi_table.inc: do not edit.
#ifndef GADGET_CALLS_H
#define GADGET_CALLS_H

#include "imports.h"

// Text, not ended by a NUL. Does not own it.
typedef struct gadget_string {
  const char *data;
  uint32_t size;
} gadget_string;

// Address and length as the host takes them.
static inline uint64_t gadget_ref(const void *data, uint32_t size) {
  return (uint64_t)size << 32 | (uint32_t)(uintptr_t)data;
}

// ---- ig: Log ----

// Logs a message. Levels: 0 error, 1 warning, 2 info, 3 debug, 4 trace.
static inline void gadget_log(uint32_t level, gadget_string message) {
  gadget_ig_gadgetLog(level, gadget_ref(message.data, message.size));
}

// Whether messages of this level are shown: ask before formatting one. Returns 1 or 0.
static inline uint32_t gadget_should_log(uint32_t level) {
  return gadget_ig_gadgetShouldLog(level);
}

// ---- ig: Data sources ----

// Makes a data source, in gadgetInit only. Types: 1 single events, 2 arrays of rows. One of the same name is
// replaced. Returns a handle, 0 on an error.
static inline uint32_t gadget_new_data_source(gadget_string name, uint32_t type) {
  return gadget_ig_newDataSource(gadget_ref(name.data, name.size), type);
}

// Finds a data source by name. Each call makes a handle. Returns a handle, 0 on an error.
static inline uint32_t gadget_get_data_source(gadget_string name) {
  return gadget_ig_getDataSource(gadget_ref(name.data, name.size));
}

// Has dataSourceCallback(callback, source, data) called. Types: 1 each event or row, 2 each array, 3 each
// packet. Lower priorities come first; up to 0 before the formatters, up to 9000 before the filter, above
// after the limit. Returns 0, or 1 if it failed.
static inline uint32_t gadget_data_source_subscribe(uint32_t source, uint32_t type, int32_t priority,
                                                    uint64_t callback) {
  return gadget_ig_dataSourceSubscribe(source, type, priority, callback);
}

// Finds a field by its full name ("proc.pid"): exactly, else without regard to case. Each call makes a
// handle. Returns a handle, 0 on an error.
static inline uint32_t gadget_data_source_get_field(uint32_t source, gadget_string name) {
  return gadget_ig_dataSourceGetField(source, gadget_ref(name.data, name.size));
}

// Adds a field. In gadgetInit and gadgetPreStart only. An existing name is an error. Returns a handle, 0 on
// an error.
static inline uint32_t gadget_data_source_add_field(uint32_t source, gadget_string name, uint32_t kind) {
  return gadget_ig_dataSourceAddField(source, gadget_ref(name.data, name.size), kind);
}

// A new event of a data source of single events; the handle is that of its data as well. Returns a handle, 0
// on an error.
static inline uint32_t gadget_data_source_new_packet_single(uint32_t source) {
  return gadget_ig_dataSourceNewPacketSingle(source);
}

// A new, empty array of a data source of arrays. Returns a handle, 0 on an error.
static inline uint32_t gadget_data_source_new_packet_array(uint32_t source) {
  return gadget_ig_dataSourceNewPacketArray(source);
}

// Sends a packet on its way through the later stages, then frees it. Not in gadgetInit and gadgetPreStart.
// Returns 0, or 1 if it failed.
static inline uint32_t gadget_data_source_emit_and_release(uint32_t source, uint32_t packet) {
  return gadget_ig_dataSourceEmitAndRelease(source, packet);
}

// Frees a packet without sending it. Returns 0, or 1 if it failed.
static inline uint32_t gadget_data_source_release(uint32_t source, uint32_t packet) {
  return gadget_ig_dataSourceRelease(source, packet);
}

// The data source is not shown: its events go no further than to the modules' callbacks. Returns 0, or 1 if
// it failed.
static inline uint32_t gadget_data_source_unreference(uint32_t source) {
  return gadget_ig_dataSourceUnreference(source);
}

// 1 unless dataSourceUnreference was called, 2 on an error.
static inline int32_t gadget_data_source_is_referenced(uint32_t source) {
  return gadget_ig_dataSourceIsReferenced(source);
}

// A new row, not yet part of the array. Returns a handle, 0 on an error.
static inline uint32_t gadget_data_array_new(uint32_t array) {
  return gadget_ig_dataArrayNew(array);
}

// Appends a row made by dataArrayNew and frees its handle. Returns 0, or 1 if it failed.
static inline uint32_t gadget_data_array_append(uint32_t array, uint32_t data) {
  return gadget_ig_dataArrayAppend(array, data);
}

// Frees a row that was not appended. Returns 0, or 1 if it failed.
static inline uint32_t gadget_data_array_release(uint32_t array, uint32_t data) {
  return gadget_ig_dataArrayRelease(array, data);
}

// Rows; 0 on an error.
static inline int32_t gadget_data_array_len(uint32_t array) {
  return gadget_ig_dataArrayLen(array);
}

// The row at index, up to 32767. The handle counts towards no limit and needs no release. Returns a handle, 0
// on an error.
static inline uint32_t gadget_data_array_get(uint32_t array, uint32_t index) {
  return gadget_ig_dataArrayGet(array, index);
}

// ---- ig: Fields ----

// The value of a number: signed kinds sign-extended, floats as their bits. `error`, when not 0, is the
// address of a u32 that becomes 1 on an error. The size of kind must be that of the field.
static inline uint64_t gadget_field_get_scalar(uint32_t field, uint32_t data, uint32_t kind, uint32_t error) {
  return gadget_ig_fieldGetScalar(field, data, kind, error);
}

// Copies the bytes of a field of any kind; kind is 12 (string) or 14 (bytes). Returns how many, or -1.
static inline int32_t gadget_field_get_buffer(uint32_t field, uint32_t data, uint32_t kind,
                                              void *dst, uint32_t dst_size) {
  return gadget_ig_fieldGetBuffer(field, data, kind, gadget_ref(dst, dst_size));
}

// Sets a field. Numbers by value, with a kind of the field's size; strings (12) and bytes (14) by length <<
// 32 | address. Returns 0, or 1 if it failed.
static inline uint32_t gadget_field_set(uint32_t field, uint32_t data, uint32_t kind, uint64_t value) {
  return gadget_ig_fieldSet(field, data, kind, value);
}

// Adds a tag. Returns 0, or 1 if it failed.
static inline uint32_t gadget_field_add_tag(uint32_t field, gadget_string tag) {
  return gadget_ig_fieldAddTag(field, gadget_ref(tag.data, tag.size));
}

// ---- ig: Parameters and configuration ----

// The value of a parameter of params.wasm, without a NUL. Fails when the buffer is too small. Returns 0, or 1
// if it failed.
static inline uint32_t gadget_get_param_value(gadget_string key, void *dst, uint32_t dst_size) {
  return gadget_ig_getParamValue(gadget_ref(key.data, key.size), gadget_ref(dst, dst_size));
}

// Sets a dotted key of the metadata, such as programs.NAME.attach_to, until gadgetPreStart ends. kind must be
// 12 (string). Returns 0, or 1 if it failed.
static inline uint32_t gadget_set_config(gadget_string key, uint64_t value, uint32_t kind) {
  return gadget_ig_setConfig(gadget_ref(key.data, key.size), value, kind);
}

// ---- ig: Maps ----

// Makes a map of the kernel. Returns a handle, 0 on an error.
static inline uint32_t gadget_new_map(gadget_string name, uint32_t type, uint32_t key_size,
                                      uint32_t value_size, uint32_t max_entries) {
  return gadget_ig_newMap(gadget_ref(name.data, name.size), type, key_size, value_size, max_entries);
}

// A map of the gadget's eBPF object; from gadgetStart on. Returns a handle, 0 on an error.
static inline uint32_t gadget_get_map(gadget_string name) {
  return gadget_ig_getMap(gadget_ref(name.data, name.size));
}

// Reads a value. From a map of maps comes a u32 handle of the inner map. Per-CPU maps give the values of all
// CPUs, one after the other, each rounded up to 8 bytes. Returns 0, or 1 if it failed.
static inline uint32_t gadget_map_lookup(uint32_t map, const void *key, uint32_t key_size,
                                         void *value, uint32_t value_size) {
  return gadget_ig_mapLookup(map, gadget_ref(key, key_size), gadget_ref(value, value_size));
}

// Writes a value. Flags: 0 any, 1 only new keys, 2 only existing ones, 4 with the spin lock. Maps of maps
// take a u32 handle. Returns 0, or 1 if it failed.
static inline uint32_t gadget_map_update(uint32_t map, const void *key, uint32_t key_size,
                                         const void *value, uint32_t value_size, uint64_t flags) {
  return gadget_ig_mapUpdate(map, gadget_ref(key, key_size), gadget_ref(value, value_size), flags);
}

// Deletes a key. Returns 0, or 1 if it failed.
static inline uint32_t gadget_map_delete(uint32_t map, const void *key, uint32_t key_size) {
  return gadget_ig_mapDelete(map, gadget_ref(key, key_size));
}

// Closes a map made by newMap and frees its handle. Returns 0, or 1 if it failed.
static inline uint32_t gadget_map_release(uint32_t map) {
  return gadget_ig_mapRelease(map);
}

// ---- ig: Handles ----

// Frees a handle. At most 4096 are open at once. Returns 0, or 1 if it failed.
static inline uint32_t gadget_release_handle(uint32_t handle) {
  return gadget_ig_releaseHandle(handle);
}

// ---- ig: System calls ----

// The name of a system call of this machine, or syscall_HEX. Returns 0, or 1 if it failed.
static inline uint32_t gadget_get_syscall_name(uint32_t id, void *dst, uint32_t dst_size) {
  return gadget_ig_getSyscallName(id, gadget_ref(dst, dst_size));
}

// Its number, or -1.
static inline int32_t gadget_get_syscall_id(gadget_string name) {
  return gadget_ig_getSyscallID(gadget_ref(name.data, name.size));
}

// 252 bytes: char name[32]; u8 parameters; u8 pad[3]; struct {char name[32]; u32 flags;} parameter[6]. Flag
// 1: a pointer. Returns 0, or 1 if it failed.
static inline uint32_t gadget_get_syscall_declaration(gadget_string name, void *dst, uint32_t dst_size) {
  return gadget_ig_getSyscallDeclaration(gadget_ref(name.data, name.size), gadget_ref(dst, dst_size));
}

// ---- ig: Perf buffers ----

// A reader of a perf event array, with size bytes for each CPU. Returns a handle, 0 on an error.
static inline uint32_t gadget_new_perf_reader(uint32_t map, uint32_t size, uint32_t overwritable) {
  return gadget_ig_newPerfReader(map, size, overwritable);
}

// Stops writing: before an overwritable buffer is read. Returns 0, or 1 if it failed.
static inline uint32_t gadget_perf_reader_pause(uint32_t reader) {
  return gadget_ig_perfReaderPause(reader);
}

// Writes again. Returns 0, or 1 if it failed.
static inline uint32_t gadget_perf_reader_resume(uint32_t reader) {
  return gadget_ig_perfReaderResume(reader);
}

// Copies one raw sample. 0 done, 1 error, 2 there is none (overwritable buffers; others wait).
static inline int32_t gadget_perf_reader_read(uint32_t reader, void *dst, uint32_t dst_size) {
  return gadget_ig_perfReaderRead(reader, gadget_ref(dst, dst_size));
}

// Closes a reader and frees its handle. Returns 0, or 1 if it failed.
static inline uint32_t gadget_perf_reader_close(uint32_t reader) {
  return gadget_ig_perfReaderClose(reader);
}

// ---- ig: Kernel symbols and filter ----

// Whether the kernel has a symbol of this name. Returns 1 or 0.
static inline uint32_t gadget_kallsyms_symbol_exists(gadget_string name) {
  return gadget_ig_kallsymsSymbolExists(gadget_ref(name.data, name.size));
}

// 1 if the run is limited to some containers and this mount namespace is none of them. From gadgetStart on.
// Returns 1 or 0.
static inline uint32_t gadget_should_discard_mntns_id(uint64_t mntns) {
  return gadget_ig_shouldDiscardMntnsID(mntns);
}

// ---- gadget_v2: Discovery and errors ----

// Whether this host has the function gadget_v2.NAME. Importing one that it does not have is no error: it
// returns 5 (unsupported), so a module can fall back. Returns 1 or 0.
static inline uint32_t gadget_has_function(gadget_string name) {
  return gadget_v2_hasFunction(gadget_ref(name.data, name.size));
}

// The message of the last call that failed, of either module: "what failed: why". Cut to the buffer; returns
// its bytes.
static inline int32_t gadget_last_error(void *dst, uint32_t dst_size) {
  return gadget_v2_lastError(gadget_ref(dst, dst_size));
}

// ---- gadget_v2: Events ----

// Drops an event, a row or a whole packet while a callback has it: later callbacks and the output do not see
// it. It counts as filtered. Returns a code.
static inline uint32_t gadget_data_drop(uint32_t data) {
  return gadget_v2_dataDrop(data);
}

// Has gadgetBatch(callback, source, records, count) called with many records at once, laid out flat in
// `buffer`. See "Batches". Returns a code.
static inline uint32_t gadget_subscribe_batch(uint32_t source, int32_t priority, uint64_t callback,
                                              struct gadget_view_field *view, uint32_t count,
                                              void *buffer, uint32_t buffer_size, uint32_t *stride) {
  return gadget_v2_subscribeBatch(source, priority, callback, view, count, gadget_ref(buffer, buffer_size),
                                  stride);
}

// ---- gadget_v2: Data sources and fields ----

// A handle of the data source at index; 2 (not found) past the last. Returns a code.
static inline uint32_t gadget_source_at(uint32_t index, uint32_t *source) {
  return gadget_v2_sourceAt(index, source);
}

// Its name. Returns a code.
static inline uint32_t gadget_source_name(uint32_t source, void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_sourceName(source, gadget_ref(dst, dst_size), length);
}

// 1 single events, 2 arrays. Returns a code.
static inline uint32_t gadget_source_type(uint32_t source, uint32_t *type) {
  return gadget_v2_sourceType(source, type);
}

// Sets an annotation of a data source, such as cli.default-output-mode. Until gadgetPreStart ends. Returns a
// code.
static inline uint32_t gadget_source_set_attribute(uint32_t source, gadget_string key, gadget_string value) {
  return gadget_v2_sourceSetAttribute(source, gadget_ref(key.data, key.size),
                                      gadget_ref(value.data, value.size));
}

// A handle of the field at index, in order of declaration; 2 (not found) past the last. Returns a code.
static inline uint32_t gadget_field_at(uint32_t source, uint32_t index, uint32_t *field) {
  return gadget_v2_fieldAt(source, index, field);
}

// Its full name. Returns a code.
static inline uint32_t gadget_field_name(uint32_t field, void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_fieldName(field, gadget_ref(dst, dst_size), length);
}

// 24 bytes: u32 kind (array: | 0x10000000), flags, size of an element, elements (0: known for each record),
// bytes from one element to the next, 1 if it is a struct. Returns a code.
static inline uint32_t gadget_field_info(uint32_t field, void *dst, uint32_t dst_size) {
  return gadget_v2_fieldInfo(field, gadget_ref(dst, dst_size));
}

// Adds a field, shown behind `after` unless that is 0. list 1: an array whose length each record decides
// (fieldSetLength). Until gadgetPreStart ends. Returns a code.
static inline uint32_t gadget_field_add(uint32_t source, gadget_string name, uint32_t kind, uint32_t list,
                                        uint32_t after, uint32_t *field) {
  return gadget_v2_fieldAdd(source, gadget_ref(name.data, name.size), kind, list, after, field);
}

// Sets an annotation: columns.hidden, columns.width, columns.alignment, description ... Until gadgetPreStart
// ends. Returns a code.
static inline uint32_t gadget_field_set_attribute(uint32_t field, gadget_string key, gadget_string value) {
  return gadget_v2_fieldSetAttribute(field, gadget_ref(key.data, key.size),
                                     gadget_ref(value.data, value.size));
}

// An annotation; 2 (not found) when it is not set. Returns a code.
static inline uint32_t gadget_field_get_attribute(uint32_t field, gadget_string key,
                                                  void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_fieldGetAttribute(field, gadget_ref(key.data, key.size), gadget_ref(dst, dst_size),
                                     length);
}

// Fields are shown in ascending order; the default is 0. Until gadgetPreStart ends. Returns a code.
static inline uint32_t gadget_field_set_order(uint32_t field, int32_t order) {
  return gadget_v2_fieldSetOrder(field, order);
}

// The field, with its members, is not shown in any output. It can still be read. Until gadgetPreStart ends.
// Returns a code.
static inline uint32_t gadget_field_remove(uint32_t field) {
  return gadget_v2_fieldRemove(field);
}

// Elements of an array in this record. Returns a code.
static inline uint32_t gadget_field_length(uint32_t field, uint32_t data, uint32_t *length) {
  return gadget_v2_fieldLength(field, data, length);
}

// Gives a list this many elements, all zero or empty. At most 65536. Returns a code.
static inline uint32_t gadget_field_set_length(uint32_t field, uint32_t data, uint32_t length) {
  return gadget_v2_fieldSetLength(field, data, length);
}

// As fieldGetScalar, for an element of an array. In an array of structs the field is the member and the index
// that of the struct. Returns a code.
static inline uint32_t gadget_element_get(uint32_t field, uint32_t data, uint32_t index, uint32_t kind,
                                          uint64_t *value) {
  return gadget_v2_elementGet(field, data, index, kind, value);
}

// As fieldSet with a number, for an element. Returns a code.
static inline uint32_t gadget_element_set(uint32_t field, uint32_t data, uint32_t index, uint32_t kind,
                                          uint64_t value) {
  return gadget_v2_elementSet(field, data, index, kind, value);
}

// The bytes of an element. Returns a code.
static inline uint32_t gadget_element_get_buffer(uint32_t field, uint32_t data, uint32_t index,
                                                 void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_elementGetBuffer(field, data, index, gadget_ref(dst, dst_size), length);
}

// Sets the text or the bytes of an element. Returns a code.
static inline uint32_t gadget_element_set_buffer(uint32_t field, uint32_t data, uint32_t index,
                                                 const void *value, uint32_t value_size) {
  return gadget_v2_elementSetBuffer(field, data, index, gadget_ref(value, value_size));
}

// ---- gadget_v2: eBPF objects before they are loaded ----

// The name of the program at index; 2 (not found) past the last. Returns a code.
static inline uint32_t gadget_program_name(uint32_t index, void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_programName(index, gadget_ref(dst, dst_size), length);
}

// The section of a program, such as kprobe/vfs_read. Returns a code.
static inline uint32_t gadget_program_section(gadget_string name, void *dst, uint32_t dst_size,
                                              uint32_t *length) {
  return gadget_v2_programSection(gadget_ref(name.data, name.size), gadget_ref(dst, dst_size), length);
}

// 0: the program is neither loaded nor attached. Until gadgetPreStart ends. Returns a code.
static inline uint32_t gadget_program_set_enabled(gadget_string name, uint32_t enabled) {
  return gadget_v2_programSetEnabled(gadget_ref(name.data, name.size), enabled);
}

// What stands behind the / of its section. Until gadgetPreStart ends. Returns a code.
static inline uint32_t gadget_program_set_target(gadget_string name, gadget_string target) {
  return gadget_v2_programSetTarget(gadget_ref(name.data, name.size), gadget_ref(target.data, target.size));
}

// The value of a const volatile variable, as text. Returns a code.
static inline uint32_t gadget_variable_get(gadget_string name, void *dst, uint32_t dst_size,
                                           uint32_t *length) {
  return gadget_v2_variableGet(gadget_ref(name.data, name.size), gadget_ref(dst, dst_size), length);
}

// Sets a const volatile variable from text, as a flag would. Until gadgetPreStart ends. Returns a code.
static inline uint32_t gadget_variable_set(gadget_string name, gadget_string value) {
  return gadget_v2_variableSet(gadget_ref(name.data, name.size), gadget_ref(value.data, value.size));
}

// The name of the map at index; 2 (not found) past the last. Returns a code.
static inline uint32_t gadget_map_name(uint32_t index, void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_mapName(index, gadget_ref(dst, dst_size), length);
}

// 20 bytes: u32 type, key size, value size, entries at most, flags. Returns a code.
static inline uint32_t gadget_map_info(gadget_string name, void *dst, uint32_t dst_size) {
  return gadget_v2_mapInfo(gadget_ref(name.data, name.size), gadget_ref(dst, dst_size));
}

// Gives a map another size. Until gadgetPreStart ends. Returns a code.
static inline uint32_t gadget_map_set_max_entries(gadget_string name, uint32_t entries) {
  return gadget_v2_mapSetMaxEntries(gadget_ref(name.data, name.size), entries);
}

// ---- gadget_v2: Maps ----

// The key after `key`; the first when that is empty. 13 (end) after the last. Returns a code.
static inline uint32_t gadget_map_next_key(uint32_t map, const void *key, uint32_t key_size,
                                           void *next, uint32_t next_size) {
  return gadget_v2_mapNextKey(map, gadget_ref(key, key_size), gadget_ref(next, next_size));
}

// Reads and deletes in one step. Returns a code.
static inline uint32_t gadget_map_lookup_and_delete(uint32_t map, const void *key, uint32_t key_size,
                                                    void *value, uint32_t value_size) {
  return gadget_v2_mapLookupAndDelete(map, gadget_ref(key, key_size), gadget_ref(value, value_size));
}

// Reads up to `count` entries, densely packed, and sets count to how many. *cursor is 0 at the start and is
// kept by the caller. Flag 1: deletes what was read. 13 (end) with the last ones. Returns a code.
static inline uint32_t gadget_map_lookup_batch(uint32_t map, uint32_t *cursor, void *keys, uint32_t keys_size,
                                               void *values, uint32_t values_size, uint32_t *count,
                                               uint32_t flags) {
  return gadget_v2_mapLookupBatch(map, cursor, gadget_ref(keys, keys_size), gadget_ref(values, values_size),
                                  count, flags);
}

// The value of one CPU in a per-CPU map. Returns a code.
static inline uint32_t gadget_map_lookup_cpu(uint32_t map, const void *key, uint32_t key_size, uint32_t cpu,
                                             void *value, uint32_t value_size) {
  return gadget_v2_mapLookupCpu(map, gadget_ref(key, key_size), cpu, gadget_ref(value, value_size));
}

// The CPUs for which per-CPU maps have a value. Returns a code.
static inline uint32_t gadget_cpu_count(uint32_t *count) {
  return gadget_v2_cpuCount(count);
}

// ---- gadget_v2: The machine ----

// The address of a symbol of the kernel. Returns a code.
static inline uint32_t gadget_kallsyms_address(gadget_string name, uint64_t *address) {
  return gadget_v2_kallsymsAddress(gadget_ref(name.data, name.size), address);
}

// The symbol at or before an address, and how far before. Returns a code.
static inline uint32_t gadget_kallsyms_name(uint64_t address, void *dst, uint32_t dst_size, uint32_t *length,
                                            uint64_t *offset) {
  return gadget_v2_kallsymsName(address, gadget_ref(dst, dst_size), length, offset);
}

// 0 if the kernel has a type of this name ("struct task_struct", or without the keyword), else 2 (not found).
// Returns a code.
static inline uint32_t gadget_btf_type_exists(gadget_string type) {
  return gadget_v2_btfTypeExists(gadget_ref(type.data, type.size));
}

// 0 if the kernel's struct or union has the member ("mm.exe_file" goes deeper), else 2 (not found). Returns a
// code.
static inline uint32_t gadget_btf_field_exists(gadget_string type, gadget_string field) {
  return gadget_v2_btfFieldExists(gadget_ref(type.data, type.size), gadget_ref(field.data, field.size));
}

// Major << 16 | minor << 8 | patch. Returns a code.
static inline uint32_t gadget_kernel_version(uint32_t *version) {
  return gadget_v2_kernelVersion(version);
}

// 0 if the kernel can do it, else 2 (not found): program:kprobe, map:ringbuf, helper:bpf_loop@tracepoint,
// btf. Returns a code.
static inline uint32_t gadget_feature_exists(gadget_string name) {
  return gadget_v2_featureExists(gadget_ref(name.data, name.size));
}

// Numbers of system calls are smaller than this. Returns a code.
static inline uint32_t gadget_syscall_count(uint32_t *count) {
  return gadget_v2_syscallCount(count);
}

// 64 bytes: u32 pid, parent, uid, gid; u64 start (ns since boot), mount, network and pid namespace; char
// comm[16]. Returns a code.
static inline uint32_t gadget_process_info(uint32_t pid, void *dst, uint32_t dst_size) {
  return gadget_v2_processInfo(pid, gadget_ref(dst, dst_size));
}

// 0 comm, 1 path of the executable, 2 working directory, 3 command line (NUL between the arguments), 4 path
// of the cgroup. Cut to the buffer. Returns a code.
static inline uint32_t gadget_process_text(uint32_t pid, uint32_t what, void *dst, uint32_t dst_size,
                                           uint32_t *length) {
  return gadget_v2_processText(pid, what, gadget_ref(dst, dst_size), length);
}

// The container of a process (what 0: id is a pid) or of a mount namespace (1), as "RUNTIME ID"; 2 (not
// found) for the host. Returns a code.
static inline uint32_t gadget_container_of(uint32_t what, uint64_t id, void *dst, uint32_t dst_size,
                                           uint32_t *length) {
  return gadget_v2_containerOf(what, id, gadget_ref(dst, dst_size), length);
}

// Nanoseconds since boot (0) or since 1970 (1). Returns a code.
static inline uint32_t gadget_clock_now(uint32_t clock, uint64_t *time) {
  return gadget_v2_clockNow(clock, time);
}

// ---- gadget_v2: Output modes ----

// `-o NAME` makes gadgetOutput(callback, source, data, end) write the text of the data source: data is an
// event or an array, end is 0; once more with data 0 and end 1 after the last. In gadgetInit only. Returns a
// code.
static inline uint32_t gadget_output_mode_add(uint32_t source, gadget_string name, uint64_t callback) {
  return gadget_v2_outputModeAdd(source, gadget_ref(name.data, name.size), callback);
}

// Writes text, within gadgetOutput only. Returns a code.
static inline uint32_t gadget_output_write(gadget_string text) {
  return gadget_v2_outputWrite(gadget_ref(text.data, text.size));
}

// ---- gadget_v2: Timers ----

// Has gadgetTimer(callback) called every `interval` nanoseconds (at least a millisecond) from gadgetStart on;
// flag 1: once. release() stops it. Returns a code.
static inline uint32_t gadget_timer_start(uint64_t interval, uint32_t flags, uint64_t callback,
                                          uint32_t *timer) {
  return gadget_v2_timerStart(interval, flags, callback, timer);
}

// ---- gadget_v2: Files and network, by permission ----

// Opens a file below a granted path. Flags: 1 read, 2 write, 4 create, 8 truncate, 16 append. 4 (denied)
// otherwise. Returns a code.
static inline uint32_t gadget_file_open(gadget_string path, uint32_t flags, uint32_t *file) {
  return gadget_v2_fileOpen(gadget_ref(path.data, path.size), flags, file);
}

// Reads; 13 (end) at the end of the file. Returns a code.
static inline uint32_t gadget_file_read(uint32_t file, void *dst, uint32_t dst_size, uint32_t *count) {
  return gadget_v2_fileRead(file, gadget_ref(dst, dst_size), count);
}

// Writes. Returns a code.
static inline uint32_t gadget_file_write(uint32_t file, const void *src, uint32_t src_size, uint32_t *count) {
  return gadget_v2_fileWrite(file, gadget_ref(src, src_size), count);
}

// Goes on at this byte. Returns a code.
static inline uint32_t gadget_file_seek(uint32_t file, uint64_t position) {
  return gadget_v2_fileSeek(file, position);
}

// Connects to a granted address such as 10.0.0.1:53 or [::1]:53. Protocol: 0 TCP, 1 UDP. Returns a code.
static inline uint32_t gadget_net_connect(gadget_string address, uint32_t protocol, uint32_t timeout_ms,
                                          uint32_t *socket) {
  return gadget_v2_netConnect(gadget_ref(address.data, address.size), protocol, timeout_ms, socket);
}

// Sends. Returns a code.
static inline uint32_t gadget_net_send(uint32_t socket, const void *src, uint32_t src_size, uint32_t *count) {
  return gadget_v2_netSend(socket, gadget_ref(src, src_size), count);
}

// Receives; 12 (again) when nothing came in time, 13 (end) when the other side closed. Returns a code.
static inline uint32_t gadget_net_receive(uint32_t socket, void *dst, uint32_t dst_size, uint32_t timeout_ms,
                                          uint32_t *count) {
  return gadget_v2_netReceive(socket, gadget_ref(dst, dst_size), timeout_ms, count);
}

// ---- gadget_v2: Handles and parameters ----

// Frees a handle of any kind, and closes or stops what is behind it. Returns a code.
static inline uint32_t gadget_release(uint32_t handle) {
  return gadget_v2_release(handle);
}

// The value of a parameter of params.wasm. Returns a code.
static inline uint32_t gadget_param_get(gadget_string key, void *dst, uint32_t dst_size, uint32_t *length) {
  return gadget_v2_paramGet(gadget_ref(key.data, key.size), gadget_ref(dst, dst_size), length);
}

#endif  // GADGET_CALLS_H
