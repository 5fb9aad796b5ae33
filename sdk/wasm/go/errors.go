//go:build wasm

package gadget

import (
	"errors"
	"strconv"
)

// HostError is an error of a v2 function.
type HostError struct {
	// Code says what kind of error it is.
	Code Code
	// Message is "what failed: why".
	Message string
}

// Error is the message.
func (e *HostError) Error() string {
	if e.Message == "" {
		return "error " + strconv.Itoa(int(e.Code))
	}
	return e.Message
}

// IsCode tells whether err is a *[HostError] of this code.
func IsCode(err error, code Code) bool {
	var host *HostError
	return errors.As(err, &host) && host.Code == code
}

// LastError is the message of the last call that failed, of either version. (v2)
func LastError() string {
	buffer := make([]byte, 512)
	length := v2LastError(bytesOf(buffer))
	return string(buffer[:min(max(int(length), 0), len(buffer))])
}

// HasFunction tells whether the host has this function of gadget_v2, such as "subscribeBatch". (v2)
//
// One that it does not have is no error before it is called; it then gives [CodeUnsupported].
func HasFunction(name string) bool {
	return v2HasFunction(textOf(name)) != 0
}

// Of a v2 function.
func check(code uint32) error {
	if code == 0 {
		return nil
	}
	return &HostError{Code(code), LastError()}
}

// Errors of version 1 that may come with each event are made once.
var (
	errGetField   = errors.New("reading a field")
	errGetBytes   = errors.New("reading the bytes of a field")
	errSetField   = errors.New("setting a field")
	errSubscribe  = errors.New("subscribing to a data source")
	errNewPacket  = errors.New("making a packet")
	errEmit       = errors.New("emitting a packet")
	errRelease    = errors.New("releasing a packet")
	errAppend     = errors.New("appending a row")
	errReleaseRow = errors.New("releasing a row")
	errLookup     = errors.New("looking up a key of a map")
	errUpdate     = errors.New("updating a map")
	errDelete     = errors.New("deleting a key of a map")
)

// Of a function of version 1 that returns 0 or 1.
func done(result uint32, err error) error {
	if result == 0 {
		return nil
	}
	return err
}
