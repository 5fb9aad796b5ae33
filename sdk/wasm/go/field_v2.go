//go:build wasm

package gadget

import (
	"math"
	"unsafe"
)

// FieldInfo is what a field holds.
type FieldInfo struct {
	Kind     FieldKind // of an element
	IsArray  bool
	Flags    uint32 // of the host
	Size     uint32 // of an element
	Elements uint32 // 0: each event has its own number of them
	Stride   uint32 // bytes from one element to the next
	IsStruct bool   // its members are fields of their own
}

const kindArray = 0x10000000

// Name is its full name. (v2)
func (f Field) Name() (string, error) {
	return fetch(func(out uint64, length unsafe.Pointer) uint32 { return v2FieldName(uint32(f), out, length) })
}

// Info is what it holds. (v2)
func (f Field) Info() (FieldInfo, error) {
	words := make([]uint32, 6)
	if err := check(v2FieldInfo(uint32(f), wordsOf(words))); err != nil {
		return FieldInfo{}, err
	}
	return FieldInfo{
		Kind:     FieldKind(words[0] &^ kindArray),
		IsArray:  words[0]&kindArray != 0,
		Flags:    words[1],
		Size:     words[2],
		Elements: words[3],
		Stride:   words[4],
		IsStruct: words[5] != 0,
	}, nil
}

// SetAttribute sets an annotation: columns.hidden, columns.width, columns.alignment, description … Until
// gadgetPreStart ends. (v2)
func (f Field) SetAttribute(key, value string) error {
	return check(v2FieldSetAttribute(uint32(f), textOf(key), textOf(value)))
}

// Attribute is an annotation; [CodeNotFound] when it is not set. (v2)
func (f Field) Attribute(key string) (string, error) {
	return fetch(func(out uint64, length unsafe.Pointer) uint32 {
		return v2FieldGetAttribute(uint32(f), textOf(key), out, length)
	})
}

// SetHidden hides or shows it. Until gadgetPreStart ends. (v2)
func (f Field) SetHidden(hidden bool) error {
	if hidden {
		return f.SetAttribute("columns.hidden", "true")
	}
	return f.SetAttribute("columns.hidden", "false")
}

// SetOrder gives it a place: fields are shown in ascending order, the default is 0. Until gadgetPreStart ends. (v2)
func (f Field) SetOrder(order int32) error {
	return check(v2FieldSetOrder(uint32(f), order))
}

// Remove has it not shown in any output, nor its members. It can still be read. Until gadgetPreStart ends. (v2)
func (f Field) Remove() error {
	return check(v2FieldRemove(uint32(f)))
}

// What functions write to: there is one thread, and none of these calls anybody.
var (
	lengthResult uint32
	valueResult  uint64
)

// Len is the number of elements of an array in this event. (v2)
func (f Field) Len(data Data) (int, error) {
	if code := v2FieldLength(uint32(f), uint32(data), unsafe.Pointer(&lengthResult)); code != 0 {
		return 0, check(code)
	}
	return int(lengthResult), nil
}

// SetLen gives a list this many elements, all zero or empty. (v2)
func (f Field) SetLen(data Data, length int) error {
	return check(v2FieldSetLength(uint32(f), uint32(data), uint32(length)))
}

// Number is a type of numbers and truth values.
type Number interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// The kind and the bits of a number.
func bitsOf[T Number](value T) (FieldKind, uint64) {
	switch value := any(value).(type) {
	case bool:
		if value {
			return Kind_Bool, 1
		}
		return Kind_Bool, 0
	case int8:
		return Kind_Int8, uint64(value)
	case int16:
		return Kind_Int16, uint64(value)
	case int32:
		return Kind_Int32, uint64(value)
	case int64:
		return Kind_Int64, uint64(value)
	case uint8:
		return Kind_Uint8, uint64(value)
	case uint16:
		return Kind_Uint16, uint64(value)
	case uint32:
		return Kind_Uint32, uint64(value)
	case uint64:
		return Kind_Uint64, value
	case float32:
		return Kind_Float32, uint64(math.Float32bits(value))
	case float64:
		return Kind_Float64, math.Float64bits(value)
	}
	return Kind_Invalid, 0
}

// Element is an element of an array. In an array of structs, the field is the member. (v2)
func Element[T Number](f Field, data Data, index int) (T, error) {
	var value T
	kind, _ := bitsOf(value)
	valueResult = 0
	if code := v2ElementGet(uint32(f), uint32(data), uint32(index), uint32(kind), unsafe.Pointer(&valueResult)); code != 0 {
		return value, check(code)
	}
	// little-endian: the low bytes are the number
	return *(*T)(unsafe.Pointer(&valueResult)), nil
}

// SetElement sets an element of an array. (v2)
func SetElement[T Number](f Field, data Data, index int, value T) error {
	kind, bits := bitsOf(value)
	return check(v2ElementSet(uint32(f), uint32(data), uint32(index), uint32(kind), bits))
}

// SetElements gives a list these elements, and no others. (v2)
func SetElements[T Number](f Field, data Data, values []T) error {
	err := f.SetLen(data, len(values))
	for index := 0; err == nil && index < len(values); index++ {
		err = SetElement(f, data, index, values[index])
	}
	return err
}

// ElementBytes copies the bytes of an element to dst and returns how many. (v2)
func (f Field) ElementBytes(data Data, index int, dst []byte) (int, error) {
	code := v2ElementGetBuffer(uint32(f), uint32(data), uint32(index), bytesOf(dst), unsafe.Pointer(&lengthResult))
	if code != 0 {
		return 0, check(code)
	}
	return int(lengthResult), nil
}

// ElementString is the text of an element up to a NUL, of at most maxSize bytes. (v2)
func (f Field) ElementString(data Data, index int, maxSize uint32) (string, error) {
	buffer := make([]byte, maxSize)
	count, err := f.ElementBytes(data, index, buffer)
	return string(untilNul(buffer[:count])), err
}

// SetElementString sets the text of an element. (v2)
func (f Field) SetElementString(data Data, index int, value string) error {
	return check(v2ElementSetBuffer(uint32(f), uint32(data), uint32(index), textOf(value)))
}

// SetElementBytes sets the bytes of an element. (v2)
func (f Field) SetElementBytes(data Data, index int, value []byte) error {
	return check(v2ElementSetBuffer(uint32(f), uint32(data), uint32(index), bytesOf(value)))
}

// SetStrings gives a list these texts, and no others. (v2)
func (f Field) SetStrings(data Data, values []string) error {
	err := f.SetLen(data, len(values))
	for index := 0; err == nil && index < len(values); index++ {
		err = f.SetElementString(data, index, values[index])
	}
	return err
}
