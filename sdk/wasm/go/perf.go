//go:build wasm

package gadget

import (
	"errors"
	"os"
)

// PerfReader reads samples of a perf event array.
type PerfReader uint32

// NewPerfReader makes a reader, with size bytes for each CPU. An overwritable buffer keeps the newest samples and is
// read while it is paused; of another one, Read waits for a sample.
func NewPerfReader(m Map, size uint32, isOverwritable bool) (PerfReader, error) {
	var overwritable uint32
	if isOverwritable {
		overwritable = 1
	}
	reader := igNewPerfReader(uint32(m), size, overwritable)
	if reader == 0 {
		return 0, errors.New("making a perf reader")
	}
	return PerfReader(reader), nil
}

// Pause stops writing.
func (p PerfReader) Pause() error {
	if igPerfReaderPause(uint32(p)) != 0 {
		return errors.New("pausing a perf reader")
	}
	return nil
}

// Resume has it written again.
func (p PerfReader) Resume() error {
	if igPerfReaderResume(uint32(p)) != 0 {
		return errors.New("resuming a perf reader")
	}
	return nil
}

const noSample = 2

// Read copies one sample to dst, with the padding at its end. os.ErrDeadlineExceeded: there is none.
func (p PerfReader) Read(dst []byte) error {
	switch igPerfReaderRead(uint32(p), bytesOf(dst)) {
	case 0:
		return nil
	case noSample:
		return os.ErrDeadlineExceeded
	}
	return errors.New("reading a perf reader")
}

// Close closes it.
func (p PerfReader) Close() error {
	if igPerfReaderClose(uint32(p)) != 0 {
		return errors.New("closing a perf reader")
	}
	return nil
}
