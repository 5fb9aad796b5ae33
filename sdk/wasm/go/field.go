//go:build wasm

package gadget

import (
	"errors"
	"math"
	"unsafe"
)

// Field is a field of a data source.
type Field uint32

// FieldKind says what a field holds.
type FieldKind uint32

// The kinds.
const (
	Kind_Invalid FieldKind = 0
	Kind_Bool    FieldKind = 1
	Kind_Int8    FieldKind = 2
	Kind_Int16   FieldKind = 3
	Kind_Int32   FieldKind = 4
	Kind_Int64   FieldKind = 5
	Kind_Uint8   FieldKind = 6
	Kind_Uint16  FieldKind = 7
	Kind_Uint32  FieldKind = 8
	Kind_Uint64  FieldKind = 9
	Kind_Float32 FieldKind = 10
	Kind_Float64 FieldKind = 11
	Kind_String  FieldKind = 12 // text of any length
	Kind_CString FieldKind = 13 // text in a block of fixed size, up to a NUL
	Kind_Bytes   FieldKind = 14
)

// An error is written here: there is one thread, and fieldGetScalar calls nobody.
var scalarError uint32

func (f Field) scalar(data Data, kind FieldKind) (uint64, error) {
	scalarError = 0
	value := igFieldGetScalar(uint32(f), uint32(data), uint32(kind), addressOf(unsafe.Pointer(&scalarError)))
	if scalarError != 0 {
		return 0, errGetField
	}
	return value, nil
}

func (f Field) set(data Data, kind FieldKind, value uint64) error {
	return done(igFieldSet(uint32(f), uint32(data), uint32(kind), value), errSetField)
}

// Int8 is its value. The size must be that of the field, as with all numbers.
func (f Field) Int8(data Data) (int8, error) {
	value, err := f.scalar(data, Kind_Int8)
	return int8(value), err
}

// SetInt8 sets its value. The size must be that of the field, as with all numbers.
func (f Field) SetInt8(data Data, value int8) error {
	return f.set(data, Kind_Int8, uint64(value))
}

// Int16 is its value.
func (f Field) Int16(data Data) (int16, error) {
	value, err := f.scalar(data, Kind_Int16)
	return int16(value), err
}

// SetInt16 sets its value.
func (f Field) SetInt16(data Data, value int16) error {
	return f.set(data, Kind_Int16, uint64(value))
}

// Int32 is its value.
func (f Field) Int32(data Data) (int32, error) {
	value, err := f.scalar(data, Kind_Int32)
	return int32(value), err
}

// SetInt32 sets its value.
func (f Field) SetInt32(data Data, value int32) error {
	return f.set(data, Kind_Int32, uint64(value))
}

// Int64 is its value.
func (f Field) Int64(data Data) (int64, error) {
	value, err := f.scalar(data, Kind_Int64)
	return int64(value), err
}

// SetInt64 sets its value.
func (f Field) SetInt64(data Data, value int64) error {
	return f.set(data, Kind_Int64, uint64(value))
}

// Uint8 is its value.
func (f Field) Uint8(data Data) (uint8, error) {
	value, err := f.scalar(data, Kind_Uint8)
	return uint8(value), err
}

// SetUint8 sets its value.
func (f Field) SetUint8(data Data, value uint8) error {
	return f.set(data, Kind_Uint8, uint64(value))
}

// Uint16 is its value.
func (f Field) Uint16(data Data) (uint16, error) {
	value, err := f.scalar(data, Kind_Uint16)
	return uint16(value), err
}

// SetUint16 sets its value.
func (f Field) SetUint16(data Data, value uint16) error {
	return f.set(data, Kind_Uint16, uint64(value))
}

// Uint32 is its value.
func (f Field) Uint32(data Data) (uint32, error) {
	value, err := f.scalar(data, Kind_Uint32)
	return uint32(value), err
}

// SetUint32 sets its value.
func (f Field) SetUint32(data Data, value uint32) error {
	return f.set(data, Kind_Uint32, uint64(value))
}

// Uint64 is its value.
func (f Field) Uint64(data Data) (uint64, error) {
	return f.scalar(data, Kind_Uint64)
}

// SetUint64 sets its value.
func (f Field) SetUint64(data Data, value uint64) error {
	return f.set(data, Kind_Uint64, value)
}

// Float32 is its value.
func (f Field) Float32(data Data) (float32, error) {
	value, err := f.scalar(data, Kind_Float32)
	return math.Float32frombits(uint32(value)), err
}

// SetFloat32 sets its value.
func (f Field) SetFloat32(data Data, value float32) error {
	return f.set(data, Kind_Float32, uint64(math.Float32bits(value)))
}

// Float64 is its value.
func (f Field) Float64(data Data) (float64, error) {
	value, err := f.scalar(data, Kind_Float64)
	return math.Float64frombits(value), err
}

// SetFloat64 sets its value.
func (f Field) SetFloat64(data Data, value float64) error {
	return f.set(data, Kind_Float64, math.Float64bits(value))
}

// Bool is its value.
func (f Field) Bool(data Data) (bool, error) {
	value, err := f.scalar(data, Kind_Bool)
	return value != 0, err
}

// SetBool sets its value.
func (f Field) SetBool(data Data, value bool) error {
	var bits uint64
	if value {
		bits = 1
	}
	return f.set(data, Kind_Bool, bits)
}

// Bytes copies its bytes, whatever its kind, to dst and returns how many. It fails when dst is too small.
func (f Field) Bytes(data Data, dst []byte) (uint32, error) {
	count := igFieldGetBuffer(uint32(f), uint32(data), uint32(Kind_Bytes), bytesOf(dst))
	if count < 0 {
		return 0, errGetBytes
	}
	return uint32(count), nil
}

// Text is its text up to a NUL, as a part of buffer: nothing is allocated.
func (f Field) Text(data Data, buffer []byte) ([]byte, error) {
	count, err := f.Bytes(data, buffer)
	if err != nil {
		return nil, err
	}
	return untilNul(buffer[:count]), nil
}

// String is its text up to a NUL, of at most maxSize bytes.
func (f Field) String(data Data, maxSize uint32) (string, error) {
	text, err := f.Text(data, make([]byte, maxSize))
	return string(text), err
}

// SetString sets its text. One that is longer than a field of fixed size is an error.
func (f Field) SetString(data Data, value string) error {
	return f.set(data, Kind_String, textOf(value))
}

// SetText sets its text, from bytes.
func (f Field) SetText(data Data, value []byte) error {
	return f.set(data, Kind_String, bytesOf(value))
}

// SetBytes sets its bytes. The size must be that of a field of fixed size.
func (f Field) SetBytes(data Data, value []byte) error {
	return f.set(data, Kind_Bytes, bytesOf(value))
}

// AddTag adds a tag.
func (f Field) AddTag(tag string) error {
	if igFieldAddTag(uint32(f), textOf(tag)) != 0 {
		return errors.New("adding a tag")
	}
	return nil
}
