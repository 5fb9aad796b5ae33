//go:build wasm

package gadget

import (
	"fmt"
	"unsafe"
)

type (
	// DataFunc gets an event, or a row of an array.
	DataFunc func(DataSource, Data)
	// ArrayFunc gets an array. An error is logged.
	ArrayFunc func(DataSource, DataArray) error
	// PacketFunc gets an event or an array. An error is logged.
	PacketFunc func(DataSource, Packet) error
)

// DataSourceType says what a data source sends.
type DataSourceType uint32

// The types.
const (
	DataSourceTypeUndefined DataSourceType = 0
	DataSourceTypeSingle    DataSourceType = 1 // single events
	DataSourceTypeArray     DataSourceType = 2 // arrays of rows
)

const (
	// DataSourceContainers is the name of a data source of events of containers, on hosts that have it. Its field
	// event_type is PRECREATE, CREATED or DELETED.
	DataSourceContainers = "containers"
	// DataSourceContainersEventTypeMaxSize is enough for the text of event_type.
	DataSourceContainersEventTypeMaxSize = 16
)

// Handles. What a callback gets lives until it returns.
type (
	// DataSource is what events or arrays of one kind come from, with its fields.
	DataSource uint32
	// Packet is what travels at once: an event or an array.
	Packet uint32
	// Data is an event, or a row of an array.
	Data uint32
	// DataArray is the rows of an array.
	DataArray uint32
	// PacketSingle is a new event: a Packet and a Data.
	PacketSingle uint32
	// PacketArray is a new array: a Packet and a DataArray.
	PacketArray uint32
)

// Types of dataSourceSubscribe.
const (
	eachData   = 1
	eachArray  = 2
	eachPacket = 3
)

// GetDataSource finds a data source. Each call makes a handle: do it once.
func GetDataSource(name string) (DataSource, error) {
	source := igGetDataSource(textOf(name))
	if source == 0 {
		return 0, fmt.Errorf("data source %q not found", name)
	}
	return DataSource(source), nil
}

// NewDataSource makes a data source, in gadgetInit only. One of the same name is replaced.
func NewDataSource(name string, sourceType DataSourceType) (DataSource, error) {
	source := igNewDataSource(textOf(name), uint32(sourceType))
	if source == 0 {
		return 0, fmt.Errorf("making data source %q", name)
	}
	return DataSource(source), nil
}

// DataSources are all data sources. It makes a handle for each. (v2)
func DataSources() ([]DataSource, error) {
	return list(func(index uint32) (DataSource, error) {
		source := new(uint32)
		err := check(v2SourceAt(index, unsafe.Pointer(source)))
		return DataSource(*source), err
	})
}

// Name is its name. (v2)
func (ds DataSource) Name() (string, error) {
	return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2SourceName(uint32(ds), out, length) })
}

// Type is what it sends. (v2)
func (ds DataSource) Type() (DataSourceType, error) {
	sourceType := new(uint32)
	err := check(v2SourceType(uint32(ds), unsafe.Pointer(sourceType)))
	return DataSourceType(*sourceType), err
}

// SetAttribute sets an annotation, such as cli.default-output-mode. Until gadgetPreStart ends. (v2)
func (ds DataSource) SetAttribute(key, value string) error {
	return check(v2SourceSetAttribute(uint32(ds), textOf(key), textOf(value)))
}

// Fields are its fields, in order of declaration. It makes a handle for each. (v2)
func (ds DataSource) Fields() ([]Field, error) {
	return list(func(index uint32) (Field, error) {
		field := new(uint32)
		err := check(v2FieldAt(uint32(ds), index, unsafe.Pointer(field)))
		return Field(*field), err
	})
}

func (ds DataSource) subscribe(callback any, priority int32, each uint32) error {
	id := register(callback)
	if igDataSourceSubscribe(uint32(ds), each, priority, id) != 0 {
		unregister(id)
		return errSubscribe
	}
	return nil
}

// Subscribe has callback called for each event, or each row of an array. Lower priorities come first: up to 0 before
// texts of addresses, times and the like are made; up to 9000 before the filter; above after the limit.
func (ds DataSource) Subscribe(callback DataFunc, priority int32) error {
	return ds.subscribe(callback, priority, eachData)
}

// SubscribeArray has callback called for each array of a data source of arrays.
func (ds DataSource) SubscribeArray(callback ArrayFunc, priority int32) error {
	return ds.subscribe(callback, priority, eachArray)
}

// SubscribePacket has callback called for each packet: an event or an array.
func (ds DataSource) SubscribePacket(callback PacketFunc, priority int32) error {
	return ds.subscribe(callback, priority, eachPacket)
}

// NewPacketSingle makes an event, for a data source of single events.
func (ds DataSource) NewPacketSingle() (PacketSingle, error) {
	packet := igDataSourceNewPacketSingle(uint32(ds))
	if packet == 0 {
		return 0, errNewPacket
	}
	return PacketSingle(packet), nil
}

// NewPacketArray makes an array without rows, for a data source of arrays.
func (ds DataSource) NewPacketArray() (PacketArray, error) {
	packet := igDataSourceNewPacketArray(uint32(ds))
	if packet == 0 {
		return 0, errNewPacket
	}
	return PacketArray(packet), nil
}

// EmitAndRelease sends a packet through the later stages, then frees it. Callbacks of the data source run within.
func (ds DataSource) EmitAndRelease(packet Packet) error {
	return done(igDataSourceEmitAndRelease(uint32(ds), uint32(packet)), errEmit)
}

// Release frees a packet without sending it.
func (ds DataSource) Release(packet Packet) error {
	return done(igDataSourceRelease(uint32(ds), uint32(packet)), errRelease)
}

// Unreference keeps the data source from being shown: its events only go to callbacks.
func (ds DataSource) Unreference() error {
	if igDataSourceUnreference(uint32(ds)) != 0 {
		return fmt.Errorf("unreferencing data source %d", ds)
	}
	return nil
}

// IsReferenced tells whether the data source is shown, as far as Unreference goes.
func (ds DataSource) IsReferenced() bool {
	return igDataSourceIsReferenced(uint32(ds)) == 1
}

// GetField finds a field by its full name, such as proc.pid. Each call makes a handle: do it once.
func (ds DataSource) GetField(name string) (Field, error) {
	field := igDataSourceGetField(uint32(ds), textOf(name))
	if field == 0 {
		return 0, fmt.Errorf("field %q not found", name)
	}
	return Field(field), nil
}

// AddField adds a field, in gadgetInit and gadgetPreStart only.
func (ds DataSource) AddField(name string, kind FieldKind) (Field, error) {
	field := igDataSourceAddField(uint32(ds), textOf(name), uint32(kind))
	if field == 0 {
		return 0, fmt.Errorf("adding field %q", name)
	}
	return Field(field), nil
}

// AddFieldAfter adds a field that is shown behind another one. In gadgetInit and gadgetPreStart only. (v2)
func (ds DataSource) AddFieldAfter(name string, kind FieldKind, after Field) (Field, error) {
	return ds.add(name, kind, 0, after)
}

// AddList adds a field of as many elements as each event gives it ([Field.SetLen]), shown behind after unless that
// is 0. In gadgetInit and gadgetPreStart only. (v2)
func (ds DataSource) AddList(name string, kind FieldKind, after Field) (Field, error) {
	return ds.add(name, kind, 1, after)
}

func (ds DataSource) add(name string, kind FieldKind, list uint32, after Field) (Field, error) {
	field := new(uint32)
	err := check(v2FieldAdd(uint32(ds), textOf(name), uint32(kind), list, uint32(after), unsafe.Pointer(field)))
	return Field(*field), err
}

// New makes a row that Append adds to the array; 0 on an error.
func (d DataArray) New() Data {
	return Data(igDataArrayNew(uint32(d)))
}

// Append adds a row that New made, and frees its handle.
func (d DataArray) Append(data Data) error {
	return done(igDataArrayAppend(uint32(d), uint32(data)), errAppend)
}

// Release frees a row that was not appended.
func (d DataArray) Release(data Data) error {
	return done(igDataArrayRelease(uint32(d), uint32(data)), errReleaseRow)
}

// Len is the number of rows.
func (d DataArray) Len() int {
	return int(igDataArrayLen(uint32(d)))
}

// Get is the row at index, up to 32767; 0 on an error. It needs no release.
func (d DataArray) Get(index int) Data {
	return Data(igDataArrayGet(uint32(d), uint32(index)))
}

// Drop drops an event, a row, an array or a packet while a callback has it: later callbacks and the output do not
// see it. (v2)
func Drop[T Data | DataArray | Packet](what T) error {
	return check(v2DataDrop(uint32(what)))
}

// ReleaseHandle frees a handle.
func ReleaseHandle[T ~uint32](handle T) error {
	if igReleaseHandle(uint32(handle)) != 0 {
		return fmt.Errorf("releasing handle %d", handle)
	}
	return nil
}

// Release frees a handle of any kind and closes or stops what is behind it. (v2)
func Release[T ~uint32](handle T) error {
	return check(v2Release(uint32(handle)))
}
