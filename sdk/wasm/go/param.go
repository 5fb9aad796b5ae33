//go:build wasm

package gadget

import (
	"fmt"
	"unsafe"
)

// GetParamValue is the value of a parameter of params.wasm, of at most maxSize bytes.
func GetParamValue(key string, maxSize uint64) (string, error) {
	value := make([]byte, maxSize)
	if igGetParamValue(textOf(key), bytesOf(value)) != 0 {
		return "", fmt.Errorf("parameter %q: there is none, or it is longer than %d bytes", key, maxSize)
	}
	return string(untilNul(value)), nil
}

// Param is the value of a parameter of params.wasm, of any length. (v2)
func Param(key string) (string, error) {
	return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2ParamGet(textOf(key), out, length) })
}

// SetConfig sets a dotted key of the metadata, such as programs.NAME.attach_to, until gadgetPreStart ends. The value
// must be a string.
func SetConfig(key string, value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("setting %q of the metadata: the value is a %T, not a string", key, value)
	}
	if igSetConfig(textOf(key), textOf(text), uint32(Kind_String)) != 0 {
		return fmt.Errorf("setting %q of the metadata", key)
	}
	return nil
}
