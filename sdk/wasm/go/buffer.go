//go:build wasm

package gadget

import (
	"bytes"
	"unsafe"
)

// What the host gets is a number, which does not keep memory where it is. This is sound because a function that the
// host provides has no frame on the stack: between the conversion and the call the stack cannot grow and thereby
// move, as long as nothing else is called in between. So these are without a frame, too.

//go:nosplit
func number(address unsafe.Pointer, length int) uint64 {
	if length == 0 {
		return 0
	}
	return uint64(length)<<32 | uint64(uint32(uintptr(address)))
}

//go:nosplit
func textOf(text string) uint64 {
	return number(unsafe.Pointer(unsafe.StringData(text)), len(text))
}

//go:nosplit
func bytesOf(data []byte) uint64 {
	return number(unsafe.Pointer(unsafe.SliceData(data)), len(data))
}

//go:nosplit
func wordsOf(words []uint32) uint64 {
	return number(unsafe.Pointer(unsafe.SliceData(words)), len(words)*4)
}

//go:nosplit
func addressOf(address unsafe.Pointer) uint32 {
	return uint32(uintptr(address))
}

func untilNul(data []byte) []byte {
	if end := bytes.IndexByte(data, 0); end >= 0 {
		return data[:end]
	}
	return data
}

const (
	firstBuffer   = 256
	largestBuffer = 1 << 20
)

// Text that a function writes to a buffer and tells the length of: with a larger buffer until it fits.
func fetch(call func(out uint64, length unsafe.Pointer) uint32) (string, error) {
	for size := firstBuffer; ; size *= 8 {
		buffer := make([]byte, size)
		length := new(uint32)
		code := call(bytesOf(buffer), unsafe.Pointer(length))
		if Code(code) == CodeTooSmall && size < largestBuffer {
			continue
		}
		if err := check(code); err != nil {
			return "", err
		}
		return string(buffer[:min(int(*length), size)]), nil
	}
}

// What stands at 0, 1, 2 … until there is no more.
func list[T any](at func(index uint32) (T, error)) ([]T, error) {
	var all []T
	for {
		one, err := at(uint32(len(all)))
		if IsCode(err, CodeNotFound) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
}
