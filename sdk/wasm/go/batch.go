//go:build wasm

package gadget

import (
	"errors"
	"fmt"
	"unsafe"
)

// Many events in one call, laid out flat in the module's memory: reading a field is a load.
//
// A record is stride bytes: u32 verdict, u32 index, then the fields, each aligned to its size. Texts, bytes and
// arrays are {u32 address, u32 length} of what stands elsewhere in the buffer.

const (
	verdictDrop    = 1
	verdictChanged = 2
	verdictCut     = 256
	viewWritable   = 1
	recordHeader   = 8 // verdict and index
	referenceSize  = 8 // address and length
)

// View is the fields of a data source that a batch callback wants. (v2)
//
//	view := gadget.NewView(source)
//	code := gadget.NumberColumn[uint32](view, errorRaw)
//	path := view.WritableText(fname)
//	err := view.Subscribe(func(batch *gadget.Batch) {
//		for i := range batch.Len() {
//			record := batch.Record(i)
//			if code.Get(record) == 0 {
//				record.Drop()
//			} else if bytes.HasPrefix(path.Bytes(record), []byte("/proc/self/")) {
//				path.SetString(record, "/proc/self")
//			}
//		}
//	}, 0, 64*1024)
type View struct {
	source  DataSource
	columns []*column
}

type column struct {
	viewField
	wanted uint32 // bytes that it must have
	text   bool
}

// Column is a number in the records of a view.
type Column[T Number] struct{ column *column }

// TextColumn is a text, bytes or an array in the records of a view.
type TextColumn struct{ column *column }

// NewView is a view of no fields yet.
func NewView(source DataSource) *View {
	return &View{source: source}
}

func (v *View) add(field Field, flags uint32, size uint32, text bool) *column {
	added := &column{viewField: viewField{field: uint32(field), flags: flags}, wanted: size, text: text}
	v.columns = append(v.columns, added)
	return added
}

// NumberColumn adds a number, whose size must be that of the field.
func NumberColumn[T Number](v *View, field Field) Column[T] {
	var zero T
	return Column[T]{v.add(field, 0, uint32(unsafe.Sizeof(zero)), false)}
}

// WritableColumn adds a number that the callback may set.
func WritableColumn[T Number](v *View, field Field) Column[T] {
	var zero T
	return Column[T]{v.add(field, viewWritable, uint32(unsafe.Sizeof(zero)), false)}
}

// Text adds a text, bytes, or an array.
func (v *View) Text(field Field) TextColumn {
	return TextColumn{v.add(field, 0, referenceSize, true)}
}

// WritableText adds a text or bytes that the callback may set.
func (v *View) WritableText(field Field) TextColumn {
	return TextColumn{v.add(field, viewWritable, referenceSize, true)}
}

// Kinds of which a record has the address and the length.
func isText(field uint32) (bool, error) {
	info, err := Field(field).Info()
	text := info.IsArray || info.Kind == Kind_String || info.Kind == Kind_CString || info.Kind == Kind_Bytes
	return text, err
}

func (v *View) checkKinds() error {
	for _, column := range v.columns {
		if column.field == 0 {
			continue // the host says so
		}
		text, err := isText(column.field)
		if err != nil {
			return err
		}
		if text != column.text {
			name, _ := Field(column.field).Name()
			return fmt.Errorf("field %q of a view: a number taken for a text, or a text for a number", name)
		}
	}
	return nil
}

// Subscribe has callback called with as many events at once as there are and as fit into bufferSize bytes.
// Priorities as with [DataSource.Subscribe].
func (v *View) Subscribe(callback func(*Batch), priority int32, bufferSize int) error {
	if err := v.checkKinds(); err != nil {
		return err
	}
	call := &batchFunc{call: callback, fields: make([]viewField, len(v.columns)), buffer: make([]uint64, (bufferSize+7)/8)}
	for i, column := range v.columns {
		call.fields[i] = column.viewField
	}
	id := register(call)
	call.id = id
	err := check(v2SubscribeBatch(uint32(v.source), priority, id, unsafe.Pointer(unsafe.SliceData(call.fields)),
		uint32(len(call.fields)), number(unsafe.Pointer(unsafe.SliceData(call.buffer)), len(call.buffer)*8),
		unsafe.Pointer(&call.stride)))
	if err == nil {
		err = v.takeLayout(call)
	}
	if err != nil {
		unregister(id)
	}
	return err
}

// What later reads rely on: each column lies within the record and has the size of its type.
func (v *View) takeLayout(call *batchFunc) error {
	for i, column := range v.columns {
		field := call.fields[i]
		isWithin := field.offset >= recordHeader && field.offset+field.size <= call.stride && call.stride%8 == 0
		if field.size != column.wanted || !isWithin {
			name, _ := Field(field.field).Name()
			return fmt.Errorf("field %q of a view has %d bytes, not %d", name, field.size, column.wanted)
		}
		column.viewField = field
	}
	return nil
}

// Batch is the events of one call. Nothing of it can be kept.
type Batch struct {
	source DataSource
	call   *batchFunc
	first  unsafe.Pointer
	count  int
}

// Record is one event of a batch.
type Record struct {
	at   unsafe.Pointer
	call *batchFunc
}

var errBusy = errors.New("it emits events that it gets itself; those are not looked at")

// The memory of the buffer at an address of the host.
func (b *batchFunc) at(address, size uint32) unsafe.Pointer {
	start := unsafe.Pointer(unsafe.SliceData(b.buffer))
	offset := address - addressOf(start)
	if uint64(offset)+uint64(size) > uint64(len(b.buffer))*8 {
		panic("gadget: an address outside of the buffer of a batch")
	}
	return unsafe.Add(start, offset)
}

// What the callback has set itself.
func (b *batchFunc) find(address, length uint32) []byte {
	for _, value := range b.set {
		if addressOf(unsafe.Pointer(unsafe.SliceData(value))) == address && uint32(len(value)) == length {
			return value
		}
	}
	return nil
}

func (b *batchFunc) run(source DataSource, records uint32, count uint32) {
	if b.busy {
		report(b.id, errBusy)
		return
	}
	b.busy = true
	first := b.at(records, b.stride*count)
	b.call(&Batch{source, b, first, int(count)})
	clear(b.set)
	b.set = b.set[:0]
	b.busy = false
}

// Source is the data source that the events are of.
func (b *Batch) Source() DataSource { return b.source }

// Len is the number of events.
func (b *Batch) Len() int { return b.count }

// Record is the event at index.
func (b *Batch) Record(index int) Record {
	if uint(index) >= uint(b.count) {
		panic("gadget: a record past the end of the batch")
	}
	return Record{unsafe.Add(b.first, index*int(b.call.stride)), b.call}
}

func (r Record) word(offset uint32) *uint32 {
	return (*uint32)(unsafe.Add(r.at, offset))
}

// Index is its number within what the data source sent at once.
func (r Record) Index() int { return int(*r.word(4)) }

// IsCut tells whether a text was longer than what fitted into the buffer.
func (r Record) IsCut() bool { return *r.word(0)&verdictCut != 0 }

// DiscardChanges has what was set not taken over.
func (r Record) DiscardChanges() { *r.word(0) &^= verdictChanged }

// Drop drops it: later callbacks and the output do not see it.
func (r Record) Drop() { *r.word(0) |= verdictDrop }

// Get is the value of a number.
func (c Column[T]) Get(r Record) T {
	return *(*T)(unsafe.Add(r.at, c.column.offset))
}

// Set sets a number that is writable.
func (c Column[T]) Set(r Record, value T) {
	*(*T)(unsafe.Add(r.at, c.column.offset)) = value
	*r.word(0) |= verdictChanged
}

// Bytes is a text (without a NUL at its end) or bytes, as a part of the buffer: it lives until the callback returns.
func (c TextColumn) Bytes(r Record) []byte {
	address, length := *r.word(c.column.offset), *r.word(c.column.offset + 4)
	if length == 0 {
		return nil
	}
	if set := r.call.find(address, length); set != nil {
		return set
	}
	return unsafe.Slice((*byte)(r.call.at(address, length)), length)
}

// String is a copy of a text.
func (c TextColumn) String(r Record) string { return string(c.Bytes(r)) }

// Elements copies the elements of an array of numbers, whose size must be that of T.
func Elements[T Number](c TextColumn, r Record) []T {
	address, length := *r.word(c.column.offset), *r.word(c.column.offset + 4)
	if length == 0 {
		return nil
	}
	var zero T
	size := unsafe.Sizeof(zero)
	bytes := unsafe.Slice((*byte)(r.call.at(address, length*uint32(size))), uintptr(length)*size)
	elements := make([]T, length)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(elements))), len(bytes)), bytes)
	return elements
}

// SetString sets a text that is writable.
func (c TextColumn) SetString(r Record, value string) {
	c.SetBytes(r, unsafe.Slice(unsafe.StringData(value), len(value))) // is only read
}

// SetBytes sets a text or bytes that are writable. They must not change until the callback returns.
func (c TextColumn) SetBytes(r Record, value []byte) {
	r.call.set = append(r.call.set, value) // keeps it until the host has read it
	*r.word(c.column.offset) = addressOf(unsafe.Pointer(unsafe.SliceData(value)))
	*r.word(c.column.offset + 4) = uint32(len(value))
	*r.word(0) |= verdictChanged
}
