//go:build wasm

package gadget

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"unsafe"
)

// Keys and values of maps stand in memory as C has them. What Go has is laid out in the same way on this machine,
// but the padding of its structs may hold anything, which would make other keys: so they are written field by field.

// The bytes of a key or a value. Byte slices are taken as they are.
func encode(value any) ([]byte, error) {
	switch value := value.(type) {
	case []byte:
		return value, nil
	case uint32:
		return binary.LittleEndian.AppendUint32(nil, value), nil
	case uint64:
		return binary.LittleEndian.AppendUint64(nil, value), nil
	}
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || !isPlain(v.Type()) {
		return nil, fmt.Errorf("a %T has no fixed size", value)
	}
	data := make([]byte, v.Type().Size())
	put(data, v)
	return data, nil
}

func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32,
		reflect.Uint64, reflect.Float32, reflect.Float64:
		return true
	case reflect.Array:
		return isPlain(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !isPlain(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

func put(data []byte, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			put(data[v.Type().Field(i).Offset:], v.Field(i))
		}
		return
	case reflect.Array:
		for i := range v.Len() {
			put(data[uintptr(i)*v.Type().Elem().Size():], v.Index(i))
		}
		return
	}
	switch size := v.Type().Size(); size {
	case 1:
		data[0] = byte(numberOf(v))
	case 2:
		binary.LittleEndian.PutUint16(data, uint16(numberOf(v)))
	case 4:
		binary.LittleEndian.PutUint32(data, uint32(numberOf(v)))
	case 8:
		binary.LittleEndian.PutUint64(data, numberOf(v))
	}
}

func numberOf(v reflect.Value) uint64 {
	switch {
	case v.Kind() == reflect.Bool && v.Bool():
		return 1
	case v.CanInt():
		return uint64(v.Int())
	case v.CanUint():
		return v.Uint()
	case v.Kind() == reflect.Float32:
		return uint64(math.Float32bits(float32(v.Float())))
	case v.Kind() == reflect.Float64:
		return math.Float64bits(v.Float())
	}
	return 0
}

// The memory behind a pointer, or a byte slice: where the host writes a value to.
func target(value any) ([]byte, error) {
	if data, ok := value.([]byte); ok {
		return data, nil
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, fmt.Errorf("a value is read to a pointer or a []byte, not to a %T", value)
	}
	if !isPlain(v.Type().Elem()) {
		return nil, fmt.Errorf("a %s has no fixed size", v.Type().Elem())
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size()), nil
}

// The memory of a slice of numbers or structs.
func targets(values any) (data []byte, length int, err error) {
	v := reflect.ValueOf(values)
	if v.Kind() != reflect.Slice || !isPlain(v.Type().Elem()) {
		return nil, 0, fmt.Errorf("values are read to a slice of what has a fixed size, not to a %T", values)
	}
	size := int(v.Type().Elem().Size())
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*size), v.Len(), nil
}
