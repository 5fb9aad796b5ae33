package main

import (
	"unsafe"

	gadget "gadgetry/wasm"
)

// Functions of the host as they are, for what the package does not let happen: small buffers, kinds that do not
// exist, addresses outside of the memory. Buffers are kept in variables of the package, which do not move.

//go:wasmimport ig getDataSource
func rawGetDataSource(name uint64) uint32

//go:wasmimport ig dataSourceSubscribe
func rawSubscribe(source uint32, each uint32, priority int32, callback uint64) uint32

//go:wasmimport ig setConfig
func rawSetConfig(key uint64, value uint64, kind uint32) uint32

//go:wasmimport gadget_v2 hasFunction
func rawHasFunction(name uint64) uint32

//go:wasmimport gadget_v2 lastError
func rawLastError(dst uint64) int32

//go:wasmimport gadget_v2 sourceName
func rawSourceName(source uint32, dst uint64, length unsafe.Pointer) uint32

//go:wasmimport gadget_v2 sourceSetAttribute
func rawSourceSetAttribute(source uint32, key uint64, value uint64) uint32

//go:wasmimport gadget_v2 fieldInfo
func rawFieldInfo(field uint32, dst uint64) uint32

//go:wasmimport gadget_v2 paramGet
func rawParamGet(key uint64, dst uint64, length unsafe.Pointer) uint32

//go:wasmimport gadget_v2 clockNow
func rawClockNow(clock uint32, time unsafe.Pointer) uint32

//go:wasmimport gadget_v2 outputWrite
func rawOutputWrite(text uint64) uint32

//go:wasmimport gadget_v2 programName
func rawProgramName(index uint32, dst uint64, length unsafe.Pointer) uint32

//go:wasmimport gadget_v2 mapName
func rawMapName(index uint32, dst uint64, length unsafe.Pointer) uint32

const nowhere = 8<<32 | 0xfffffff0

var (
	rawBuffer [64]byte
	rawKey    [64]byte
	rawLength uint32
	rawTime   uint64
)

// The first bytes of the buffer.
func buffer(size int) uint64 {
	return uint64(size)<<32 | uint64(uintptr(unsafe.Pointer(&rawBuffer)))
}

func text(value string) uint64 {
	size := copy(rawKey[:], value)
	return uint64(size)<<32 | uint64(uintptr(unsafe.Pointer(&rawKey)))
}

func sameCode(what string, got uint32, want gadget.Code) {
	same(what, gadget.Code(got), want)
}
