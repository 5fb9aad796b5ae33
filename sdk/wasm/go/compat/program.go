// All names of version 1, with their types: a program for the Go package of version 1 must compile against this one.
package main

import (
	"errors"
	"os"

	api "gadgetry/wasm"
)

var functions = []any{
	(func(string) (api.DataSource, error))(api.GetDataSource),
	(func(string, api.DataSourceType) (api.DataSource, error))(api.NewDataSource),
	(func(api.DataSource, api.DataFunc, int32) error)(api.DataSource.Subscribe),
	(func(api.DataSource, api.ArrayFunc, int32) error)(api.DataSource.SubscribeArray),
	(func(api.DataSource, api.PacketFunc, int32) error)(api.DataSource.SubscribePacket),
	(func(api.DataSource) (api.PacketSingle, error))(api.DataSource.NewPacketSingle),
	(func(api.DataSource) (api.PacketArray, error))(api.DataSource.NewPacketArray),
	(func(api.DataSource, api.Packet) error)(api.DataSource.EmitAndRelease),
	(func(api.DataSource, api.Packet) error)(api.DataSource.Release),
	(func(api.DataSource) error)(api.DataSource.Unreference),
	(func(api.DataSource) bool)(api.DataSource.IsReferenced),
	(func(api.DataSource, string) (api.Field, error))(api.DataSource.GetField),
	(func(api.DataSource, string, api.FieldKind) (api.Field, error))(api.DataSource.AddField),
	(func(api.DataArray) api.Data)(api.DataArray.New),
	(func(api.DataArray, api.Data) error)(api.DataArray.Append),
	(func(api.DataArray, api.Data) error)(api.DataArray.Release),
	(func(api.DataArray) int)(api.DataArray.Len),
	(func(api.DataArray, int) api.Data)(api.DataArray.Get),

	(func(api.Field, api.Data) (int8, error))(api.Field.Int8), (func(api.Field, api.Data, int8) error)(api.Field.SetInt8),
	(func(api.Field, api.Data) (int16, error))(api.Field.Int16), (func(api.Field, api.Data, int16) error)(api.Field.SetInt16),
	(func(api.Field, api.Data) (int32, error))(api.Field.Int32), (func(api.Field, api.Data, int32) error)(api.Field.SetInt32),
	(func(api.Field, api.Data) (int64, error))(api.Field.Int64), (func(api.Field, api.Data, int64) error)(api.Field.SetInt64),
	(func(api.Field, api.Data) (uint8, error))(api.Field.Uint8), (func(api.Field, api.Data, uint8) error)(api.Field.SetUint8),
	(func(api.Field, api.Data) (uint16, error))(api.Field.Uint16),
	(func(api.Field, api.Data, uint16) error)(api.Field.SetUint16),
	(func(api.Field, api.Data) (uint32, error))(api.Field.Uint32),
	(func(api.Field, api.Data, uint32) error)(api.Field.SetUint32),
	(func(api.Field, api.Data) (uint64, error))(api.Field.Uint64),
	(func(api.Field, api.Data, uint64) error)(api.Field.SetUint64),
	(func(api.Field, api.Data) (float32, error))(api.Field.Float32),
	(func(api.Field, api.Data, float32) error)(api.Field.SetFloat32),
	(func(api.Field, api.Data) (float64, error))(api.Field.Float64),
	(func(api.Field, api.Data, float64) error)(api.Field.SetFloat64),
	(func(api.Field, api.Data) (bool, error))(api.Field.Bool), (func(api.Field, api.Data, bool) error)(api.Field.SetBool),
	(func(api.Field, api.Data, uint32) (string, error))(api.Field.String),
	(func(api.Field, api.Data, string) error)(api.Field.SetString),
	(func(api.Field, api.Data, []byte) (uint32, error))(api.Field.Bytes),
	(func(api.Field, api.Data, []byte) error)(api.Field.SetBytes),
	(func(api.Field, string) error)(api.Field.AddTag),

	(func(string, uint64) (string, error))(api.GetParamValue),
	(func(string, any) error)(api.SetConfig),
	(func(string) (api.Map, error))(api.GetMap),
	(func(api.MapSpec) (api.Map, error))(api.NewMap),
	(func(api.Map, any, any) error)(api.Map.Lookup),
	(func(api.Map, any, any) error)(api.Map.Put),
	(func(api.Map, any, any, api.MapUpdateFlags) error)(api.Map.Update),
	(func(api.Map, any) error)(api.Map.Delete),
	(func(api.Map) error)(api.Map.Close),
	(func(api.Map, uint32, bool) (api.PerfReader, error))(api.NewPerfReader),
	(func(api.PerfReader) error)(api.PerfReader.Pause),
	(func(api.PerfReader) error)(api.PerfReader.Resume),
	(func(api.PerfReader, []byte) error)(api.PerfReader.Read),
	(func(api.PerfReader) error)(api.PerfReader.Close),
	(func(uint16) (string, error))(api.GetSyscallName),
	(func(string) (int32, error))(api.GetSyscallID),
	(func(string) (api.SyscallDeclaration, error))(api.GetSyscallDeclaration),
	(func(string) bool)(api.KallsymsSymbolExists),
	(func(uint64) bool)(api.ShouldDiscardMntNsID),
	(func(api.Map) error)(api.ReleaseHandle[api.Map]),
	(func(api.Field) error)(api.ReleaseHandle[api.Field]),
}

var values = []any{
	api.DataSourceTypeUndefined, api.DataSourceTypeSingle, api.DataSourceTypeArray, api.DataSourceContainers,
	api.DataSourceContainersEventTypeMaxSize, api.Kind_Invalid, api.Kind_Bool, api.Kind_Int8, api.Kind_Int16, api.Kind_Int32,
	api.Kind_Int64, api.Kind_Uint8, api.Kind_Uint16, api.Kind_Uint32, api.Kind_Uint64, api.Kind_Float32, api.Kind_Float64,
	api.Kind_String, api.Kind_CString, api.Kind_Bytes, api.UpdateAny, api.UpdateNoExist, api.UpdateExist, api.UpdateLock,
	api.Hash, api.Array, api.PerfEventArray, api.HashOfMaps, api.ArrayOfMaps, api.LRUHash, api.PerCPUHash, api.RingBuf,
	api.MapSpec{Name: "name", Type: api.Hash, KeySize: 4, ValueSize: 4, MaxEntries: 1},
	api.SyscallDeclaration{Name: "name", Params: []api.SyscallParam{{Name: "name", IsPointer: true}}},
}

//go:wasmexport gadgetInit
func gadgetInit() int32 {
	api.Log(api.InfoLevel, len(functions), len(values))
	api.Logf(api.TraceLevel, "%d", len(functions))
	api.Error("error")
	api.Errorf("%s", "error")
	api.Warn("warning")
	api.Warnf("%s", "warning")
	api.Info("info")
	api.Infof("%s", "info")
	api.Debug("debug")
	api.Debugf("%s", "debug")
	api.Trace("trace")
	api.Tracef("%s", "trace")

	source, err := api.GetDataSource("events")
	if err != nil {
		return 1
	}
	// Literals of functions convert, and a priority is any constant.
	if err := source.Subscribe(func(source api.DataSource, data api.Data) {}, 0); err != nil {
		return 1
	}
	if err := source.SubscribeArray(func(source api.DataSource, rows api.DataArray) error { return nil }, 9999); err != nil {
		return 1
	}
	if err := source.SubscribePacket(func(source api.DataSource, packet api.Packet) error { return nil }, 1); err != nil {
		return 1
	}
	packet, err := source.NewPacketSingle()
	if err != nil {
		return 1
	}
	field, _ := source.GetField("field")
	field.SetUint32(api.Data(packet), 1)
	source.EmitAndRelease(api.Packet(packet))

	// Keys and values of structs, with fields that are not exported.
	type key struct {
		number int32
		letter int8
		_      [3]int8
	}
	outer, _ := api.GetMap("outer")
	inner, _ := api.NewMap(api.MapSpec{Name: "inner", Type: api.Hash, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	defer inner.Close()
	outer.Put(key{number: 42, letter: 43}, inner)
	outer.Lookup(key{number: 42, letter: 43}, &inner)
	reader, _ := api.NewPerfReader(inner, 4096, true)
	if errors.Is(reader.Read(make([]byte, 8)), os.ErrDeadlineExceeded) {
		return 1
	}
	return 0
}

func main() {}
