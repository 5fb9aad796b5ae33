//go:build wasm

package gadget

import "unsafe"

// The gadget's eBPF object before it is loaded. What changes it may be called until gadgetPreStart ends.

// ProgramNames are the names of the programs. (v2)
func ProgramNames() ([]string, error) {
	return list(func(index uint32) (string, error) {
		return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2ProgramName(index, out, length) })
	})
}

// ProgramSection is the section of a program, such as kprobe/vfs_read. (v2)
func ProgramSection(name string) (string, error) {
	return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2ProgramSection(textOf(name), out, length) })
}

// SetProgramEnabled has a program neither loaded nor attached, or again so. (v2)
func SetProgramEnabled(name string, enabled bool) error {
	var number uint32
	if enabled {
		number = 1
	}
	return check(v2ProgramSetEnabled(textOf(name), number))
}

// SetProgramTarget sets what stands behind the / of a program's section. (v2)
func SetProgramTarget(name, target string) error {
	return check(v2ProgramSetTarget(textOf(name), textOf(target)))
}

// Variable is the value of a const volatile variable, as text. (v2)
func Variable(name string) (string, error) {
	return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2VariableGet(textOf(name), out, length) })
}

// SetVariable sets a const volatile variable from text, as a flag would. (v2)
func SetVariable(name, value string) error {
	return check(v2VariableSet(textOf(name), textOf(value)))
}

// MapNames are the names of the maps. (v2)
func MapNames() ([]string, error) {
	return list(func(index uint32) (string, error) {
		return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2MapName(index, out, length) })
	})
}

// MapInfo is what a map of the object is.
type MapInfo struct {
	Type       MapType
	KeySize    uint32
	ValueSize  uint32
	MaxEntries uint32
	Flags      uint32 // of the kernel
}

// GetMapInfo is what a map of the object is. (v2)
func GetMapInfo(name string) (MapInfo, error) {
	words := make([]uint32, 5)
	if err := check(v2MapInfo(textOf(name), wordsOf(words))); err != nil {
		return MapInfo{}, err
	}
	return MapInfo{MapType(words[0]), words[1], words[2], words[3], words[4]}, nil
}

// SetMapMaxEntries gives a map of the object another size. (v2)
func SetMapMaxEntries(name string, entries uint32) error {
	return check(v2MapSetMaxEntries(textOf(name), entries))
}
