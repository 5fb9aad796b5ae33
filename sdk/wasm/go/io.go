//go:build wasm

package gadget

import (
	"io"
	"time"
	"unsafe"
)

// Files and the network, as far as the metadata asks for them and the user grants it.

// OpenFlags say how to open a file.
type OpenFlags uint32

// The flags.
const (
	OpenRead     OpenFlags = 1
	OpenWrite    OpenFlags = 2
	OpenCreate   OpenFlags = 4  // made if there is none
	OpenTruncate OpenFlags = 8  // emptied
	OpenAppend   OpenFlags = 16 // written to at its end
)

// File is an open file: an io.ReadWriteCloser.
type File uint32

// OpenFile opens a file below a granted path; [CodeDenied] for others. (v2)
func OpenFile(path string, flags OpenFlags) (File, error) {
	file := new(uint32)
	err := check(v2FileOpen(textOf(path), uint32(flags), unsafe.Pointer(file)))
	return File(*file), err
}

// Read reads to dst. io.EOF at the end of the file. (v2)
func (f File) Read(dst []byte) (int, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	count := new(uint32)
	code := v2FileRead(uint32(f), bytesOf(dst), unsafe.Pointer(count))
	if Code(code) == CodeEnd {
		return 0, io.EOF
	}
	return int(*count), check(code)
}

// Write writes all of data. (v2)
func (f File) Write(data []byte) (int, error) {
	return writeAll(data, func(rest []byte, count unsafe.Pointer) uint32 {
		return v2FileWrite(uint32(f), bytesOf(rest), count)
	})
}

func writeAll(data []byte, write func(rest []byte, count unsafe.Pointer) uint32) (int, error) {
	written := 0
	count := new(uint32)
	for written < len(data) {
		if err := check(write(data[written:], unsafe.Pointer(count))); err != nil {
			return written, err
		}
		if *count == 0 {
			return written, io.ErrShortWrite
		}
		written += int(*count)
	}
	return written, nil
}

// SeekTo goes on at this byte. (v2)
func (f File) SeekTo(position uint64) error {
	return check(v2FileSeek(uint32(f), position))
}

// Close closes it. (v2)
func (f File) Close() error {
	return check(v2Release(uint32(f)))
}

// Protocol is what a socket speaks.
type Protocol uint32

// The protocols.
const (
	TCP Protocol = 0
	UDP Protocol = 1
)

// Socket is a connection.
type Socket uint32

func milliseconds(timeout time.Duration) uint32 {
	return uint32(min(max(timeout.Milliseconds(), 0), 1<<32-1))
}

// Connect connects to a granted address such as 10.0.0.1:53 or [::1]:53; [CodeDenied] for others. (v2)
func Connect(address string, protocol Protocol, timeout time.Duration) (Socket, error) {
	socket := new(uint32)
	limit := milliseconds(timeout)
	err := check(v2NetConnect(textOf(address), uint32(protocol), limit, unsafe.Pointer(socket)))
	return Socket(*socket), err
}

// Write sends all of data. (v2)
func (s Socket) Write(data []byte) (int, error) {
	return writeAll(data, func(rest []byte, count unsafe.Pointer) uint32 {
		return v2NetSend(uint32(s), bytesOf(rest), count)
	})
}

// Receive receives to dst: [CodeAgain] when nothing came in time, io.EOF when the other side closed. (v2)
func (s Socket) Receive(dst []byte, timeout time.Duration) (int, error) {
	count := new(uint32)
	limit := milliseconds(timeout)
	code := v2NetReceive(uint32(s), bytesOf(dst), limit, unsafe.Pointer(count))
	if Code(code) == CodeEnd {
		return 0, io.EOF
	}
	return int(*count), check(code)
}

// Close closes it. (v2)
func (s Socket) Close() error {
	return check(v2Release(uint32(s)))
}
