//go:build wasm

package gadget

import "unsafe"

// KallsymsSymbolExists tells whether the kernel has a symbol of this name.
func KallsymsSymbolExists(symbol string) bool {
	return igKallsymsSymbolExists(textOf(symbol)) != 0
}

// ShouldDiscardMntNsID tells whether the run is limited to some containers and this mount namespace is none of them.
// From gadgetStart on.
func ShouldDiscardMntNsID(mntNsID uint64) bool {
	return igShouldDiscardMntnsID(mntNsID) != 0
}

// KallsymsAddress is the address of a symbol of the kernel. (v2)
func KallsymsAddress(name string) (uint64, error) {
	address := new(uint64)
	err := check(v2KallsymsAddress(textOf(name), unsafe.Pointer(address)))
	return *address, err
}

// KallsymsName is the symbol at or before an address, and how far before. (v2)
func KallsymsName(address uint64) (name string, offset uint64, err error) {
	before := new(uint64)
	name, err = fetch(func(out uint64, length unsafe.Pointer) uint32 {
		return v2KallsymsName(address, out, length, unsafe.Pointer(before))
	})
	return name, *before, err
}

func exists(code uint32) (bool, error) {
	if Code(code) == CodeNotFound {
		return false, nil
	}
	err := check(code)
	return err == nil, err
}

// BtfTypeExists tells whether the kernel has a type of this name: struct task_struct, or without the keyword. (v2)
func BtfTypeExists(name string) (bool, error) {
	return exists(v2BtfTypeExists(textOf(name)))
}

// BtfFieldExists tells whether a struct or union of the kernel has a member; mm.exe_file goes deeper. (v2)
func BtfFieldExists(typeName, member string) (bool, error) {
	return exists(v2BtfFieldExists(textOf(typeName), textOf(member)))
}

// KernelVersion is the version of the kernel. (v2)
func KernelVersion() (major, minor, patch int, err error) {
	version := new(uint32)
	err = check(v2KernelVersion(unsafe.Pointer(version)))
	return int(*version >> 16), int(*version >> 8 & 0xff), int(*version & 0xff), err
}

// FeatureExists tells whether the kernel can do something: program:kprobe, map:ringbuf, helper:bpf_loop@tracepoint,
// btf. (v2)
func FeatureExists(name string) (bool, error) {
	return exists(v2FeatureExists(textOf(name)))
}

// Process is what there is to know of a process.
type Process struct {
	Pid, Parent, UID, GID uint32
	Start                 uint64 // nanoseconds after boot
	MountNamespace        uint64
	NetworkNamespace      uint64
	PidNamespace          uint64
	Comm                  string
}

// As the host writes it.
type rawProcess struct {
	pid, parent, uid, gid     uint32
	start, mount, network, ns uint64
	comm                      [16]byte
}

// GetProcess is what there is to know of a process. (v2)
func GetProcess(pid uint32) (Process, error) {
	raw := new(rawProcess)
	if err := check(v2ProcessInfo(pid, number(unsafe.Pointer(raw), int(unsafe.Sizeof(*raw))))); err != nil {
		return Process{}, err
	}
	return Process{
		Pid: raw.pid, Parent: raw.parent, UID: raw.uid, GID: raw.gid, Start: raw.start, MountNamespace: raw.mount,
		NetworkNamespace: raw.network, PidNamespace: raw.ns, Comm: string(untilNul(raw.comm[:])),
	}, nil
}

// ProcessTextKind is a text of a process.
type ProcessTextKind uint32

// The texts.
const (
	ProcessComm             ProcessTextKind = 0
	ProcessExecutable       ProcessTextKind = 1
	ProcessWorkingDirectory ProcessTextKind = 2
	ProcessCommandLine      ProcessTextKind = 3 // with a NUL between the arguments
	ProcessCgroup           ProcessTextKind = 4
)

// ProcessText copies a text of a process to dst, cut to it, and returns its length. (v2)
func ProcessText(pid uint32, what ProcessTextKind, dst []byte) (int, error) {
	length := new(uint32)
	err := check(v2ProcessText(pid, uint32(what), bytesOf(dst), unsafe.Pointer(length)))
	return min(int(*length), len(dst)), err
}

func container(what uint32, id uint64) (string, error) {
	name, err := fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2ContainerOf(what, id, out, length) })
	if IsCode(err, CodeNotFound) {
		return "", nil
	}
	return name, err
}

// ContainerOfPid is the container of a process, as "RUNTIME ID"; empty for the host's own. (v2)
func ContainerOfPid(pid uint32) (string, error) { return container(0, uint64(pid)) }

// ContainerOfMntNs is the container of a mount namespace, as "RUNTIME ID"; empty for the host's own. (v2)
func ContainerOfMntNs(mntNsID uint64) (string, error) { return container(1, mntNsID) }

// Clock says what time to tell.
type Clock uint32

// The clocks.
const (
	ClockBoot Clock = 0 // since boot: that of bpf_ktime_get_boot_ns
	ClockReal Clock = 1 // since 1970
)

// Now is the time in nanoseconds. Go's own clock is not that of the machine. (v2)
func Now(clock Clock) (uint64, error) {
	time := new(uint64)
	err := check(v2ClockNow(uint32(clock), unsafe.Pointer(time)))
	return *time, err
}
