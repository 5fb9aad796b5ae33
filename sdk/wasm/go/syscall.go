//go:build wasm

package gadget

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// SyscallParam is a parameter of a system call.
type SyscallParam struct {
	Name      string
	IsPointer bool
}

// SyscallDeclaration is what a system call takes.
type SyscallDeclaration struct {
	Name   string
	Params []SyscallParam
}

// A declaration: a name of 32 bytes, u8 number of parameters, 3 bytes of padding, then 6 parameters.
const (
	syscallNameSize  = 64
	nameSize         = 32
	declarationSize  = 252
	firstParam       = nameSize + 4
	paramSize        = nameSize + 4
	paramsMax        = 6
	paramPointerFlag = 1
)

// GetSyscallName is the name of a system call; syscall_HEX for a number that none has.
func GetSyscallName(id uint16) (string, error) {
	name := make([]byte, syscallNameSize)
	if igGetSyscallName(uint32(id), bytesOf(name)) != 0 {
		return "", fmt.Errorf("getting the name of system call %d", id)
	}
	return string(untilNul(name)), nil
}

// GetSyscallID is the number of a system call.
func GetSyscallID(name string) (int32, error) {
	id := igGetSyscallID(textOf(name))
	if id < 0 {
		return 0, fmt.Errorf("system call %q not found", name)
	}
	return id, nil
}

// GetSyscallDeclaration is what a system call takes. Keep the answer: the host reads it from the kernel each time.
func GetSyscallDeclaration(name string) (SyscallDeclaration, error) {
	raw := make([]byte, declarationSize)
	if igGetSyscallDeclaration(textOf(name), bytesOf(raw)) != 0 {
		return SyscallDeclaration{}, fmt.Errorf("declaration of system call %q not found", name)
	}
	declaration := SyscallDeclaration{Name: string(untilNul(raw[:nameSize]))}
	for i := range min(int(raw[nameSize]), paramsMax) {
		param := raw[firstParam+i*paramSize:][:paramSize]
		declaration.Params = append(declaration.Params, SyscallParam{
			Name:      string(untilNul(param[:nameSize])),
			IsPointer: binary.LittleEndian.Uint32(param[nameSize:])&paramPointerFlag != 0,
		})
	}
	return declaration, nil
}

// SyscallCount is what numbers of system calls are smaller than. (v2)
func SyscallCount() (int, error) {
	count := new(uint32)
	err := check(v2SyscallCount(unsafe.Pointer(count)))
	return int(*count), err
}
