//go:build wasm

package gadget

import (
	"fmt"
	"unsafe"
)

// Map is a map of the kernel: of the gadget's eBPF object, or of the module's own.
//
// Keys and values are numbers, arrays and structs of them (or pointers to them), and byte slices, which are taken as
// they are.
type Map uint32

// MapUpdateFlags say what an update may do.
type MapUpdateFlags uint64

// The flags.
const (
	UpdateAny     MapUpdateFlags = 0 // make or change an entry
	UpdateNoExist MapUpdateFlags = 1 // make one
	UpdateExist   MapUpdateFlags = 2 // change one
	UpdateLock    MapUpdateFlags = 4 // change one under its spin lock
)

// MapType is a type of maps of the kernel.
type MapType uint32

// The types.
const (
	UnspecifiedMap      MapType = 0
	Hash                MapType = 1
	Array               MapType = 2
	ProgramArray        MapType = 3
	PerfEventArray      MapType = 4
	PerCPUHash          MapType = 5
	PerCPUArray         MapType = 6
	StackTrace          MapType = 7
	CGroupArray         MapType = 8
	LRUHash             MapType = 9
	LRUCPUHash          MapType = 10
	LPMTrie             MapType = 11
	ArrayOfMaps         MapType = 12
	HashOfMaps          MapType = 13
	DevMap              MapType = 14
	SockMap             MapType = 15
	CPUMap              MapType = 16
	XSKMap              MapType = 17
	SockHash            MapType = 18
	CGroupStorage       MapType = 19
	ReusePortSockArray  MapType = 20
	PerCPUCGroupStorage MapType = 21
	Queue               MapType = 22
	Stack               MapType = 23
	SkStorage           MapType = 24
	DevMapHash          MapType = 25
	StructOpsMap        MapType = 26
	RingBuf             MapType = 27
	InodeStorage        MapType = 28
	TaskStorage         MapType = 29
	BloomFilter         MapType = 30
	UserRingbuf         MapType = 31
	CgroupStorage       MapType = 32
	Arena               MapType = 33
)

// MapSpec says what map to make.
type MapSpec struct {
	Name       string
	Type       MapType
	KeySize    uint32
	ValueSize  uint32
	MaxEntries uint32
}

// GetMap is a map of the gadget's eBPF object, from gadgetStart on.
func GetMap(name string) (Map, error) {
	handle := igGetMap(textOf(name))
	if handle == 0 {
		return 0, fmt.Errorf("map %q not found", name)
	}
	return Map(handle), nil
}

// NewMap makes a map.
func NewMap(spec MapSpec) (Map, error) {
	handle := igNewMap(textOf(spec.Name), uint32(spec.Type), spec.KeySize, spec.ValueSize, spec.MaxEntries)
	if handle == 0 {
		return 0, fmt.Errorf("making map %q", spec.Name)
	}
	return Map(handle), nil
}

// Close closes a map that NewMap made. Others are freed by [ReleaseHandle].
func (m Map) Close() error {
	if igMapRelease(uint32(m)) != 0 {
		return fmt.Errorf("closing map %d", m)
	}
	return nil
}

// Lookup reads the value of a key to what value points to, or to a byte slice. There being none is an error. In maps
// of maps the value is a Map, to be freed by [ReleaseHandle]. In per-CPU maps it is the values of all CPUs, one
// after the other, each rounded up to 8 bytes.
func (m Map) Lookup(key any, value any) error {
	k, v, err := keyAndTarget(key, value)
	if err != nil {
		return err
	}
	return done(igMapLookup(uint32(m), bytesOf(k), bytesOf(v)), errLookup)
}

func keyAndTarget(key any, value any) (k, v []byte, err error) {
	if k, err = encode(key); err == nil {
		v, err = target(value)
	}
	return k, v, err
}

// Put sets the value of a key.
func (m Map) Put(key any, value any) error {
	return m.Update(key, value, UpdateAny)
}

// Update sets the value of a key, under a condition.
func (m Map) Update(key any, value any, flags MapUpdateFlags) error {
	k, err := encode(key)
	if err != nil {
		return err
	}
	v, err := encode(value)
	if err != nil {
		return err
	}
	return done(igMapUpdate(uint32(m), bytesOf(k), bytesOf(v), uint64(flags)), errUpdate)
}

// Delete deletes a key.
func (m Map) Delete(key any) error {
	k, err := encode(key)
	if err != nil {
		return err
	}
	return done(igMapDelete(uint32(m), bytesOf(k)), errDelete)
}

// NextKey reads the key after key to what next points to; the first of all when key is nil. [CodeEnd] after the
// last. (v2)
func (m Map) NextKey(key any, next any) error {
	var k []byte
	var err error
	if key != nil {
		if k, err = encode(key); err != nil {
			return err
		}
	}
	n, err := target(next)
	if err != nil {
		return err
	}
	return check(v2MapNextKey(uint32(m), bytesOf(k), bytesOf(n)))
}

// LookupAndDelete reads and deletes in one step. (v2)
func (m Map) LookupAndDelete(key any, value any) error {
	k, v, err := keyAndTarget(key, value)
	if err != nil {
		return err
	}
	return check(v2MapLookupAndDelete(uint32(m), bytesOf(k), bytesOf(v)))
}

// LookupCPU reads the value of one CPU in a per-CPU map. (v2)
func (m Map) LookupCPU(key any, cpu int, value any) error {
	k, v, err := keyAndTarget(key, value)
	if err != nil {
		return err
	}
	return check(v2MapLookupCpu(uint32(m), bytesOf(k), uint32(cpu), bytesOf(v)))
}

const deleteRead = 1

// LookupBatch reads as many entries as fit into keys and values, which are slices. The cursor is 0 at the start and
// goes from call to call. With deleting, what was read is gone from the map. It returns how many were read, and
// whether these are the last. (v2)
func (m Map) LookupBatch(cursor *uint32, keys any, values any, deleting bool) (count int, last bool, err error) {
	k, length, err := targets(keys)
	if err != nil {
		return 0, false, err
	}
	v, lengthOfValues, err := targets(values)
	if err != nil {
		return 0, false, err
	}
	n := uint32(min(length, lengthOfValues))
	var flags uint32
	if deleting {
		flags = deleteRead
	}
	code := v2MapLookupBatch(uint32(m), unsafe.Pointer(cursor), bytesOf(k), bytesOf(v), unsafe.Pointer(&n), flags)
	if Code(code) != CodeEnd && code != 0 {
		return 0, false, check(code)
	}
	return int(n), Code(code) == CodeEnd, nil
}

// CPUCount is the number of CPUs for which per-CPU maps have a value. (v2)
func CPUCount() (int, error) {
	count := new(uint32)
	err := check(v2CpuCount(unsafe.Pointer(count)))
	return int(*count), err
}
