//go:build wasm

package gadget

// The functions that the host calls. It gets generation << 32 | index + 1. No lock is held while one of them runs:
// within it, events may be emitted that others see.

type outputFunc func(handle uint32, end bool) error

type batchFunc struct {
	call   func(*Batch)
	fields []viewField
	stride uint32
	buffer []uint64 // keeps what the host writes to
	set    [][]byte // what the callback has set, until it ends
	id     uint64
	busy   bool
}

type entry struct {
	callback   any
	generation uint32 // an id of an earlier one is none of this
}

var (
	callbacks     []entry
	freeCallbacks []uint32
)

func register(callback any) uint64 {
	if last := len(freeCallbacks) - 1; last >= 0 {
		index := freeCallbacks[last]
		freeCallbacks = freeCallbacks[:last]
		callbacks[index].callback = callback
		return uint64(callbacks[index].generation)<<32 | uint64(index+1)
	}
	callbacks = append(callbacks, entry{callback: callback})
	return uint64(len(callbacks))
}

func entryOf(id uint64) *entry {
	index := uint32(id) - 1
	if index >= uint32(len(callbacks)) || callbacks[index].generation != uint32(id>>32) {
		return nil
	}
	return &callbacks[index]
}

// Frees one that the host will not call any more.
func unregister(id uint64) {
	if entry := entryOf(id); entry != nil {
		entry.callback = nil
		entry.generation++
		freeCallbacks = append(freeCallbacks, uint32(id)-1)
		delete(errorCounts, id)
	}
}

func find(id uint64) any {
	if entry := entryOf(id); entry != nil {
		return entry.callback
	}
	return nil
}

//go:wasmexport gadgetAPIVersion
func gadgetAPIVersion() uint64 { return 1 }

//go:wasmexport dataSourceCallback
func dataSourceCallback(callback uint64, source uint32, data uint32) {
	var err error
	switch call := find(callback).(type) {
	case DataFunc:
		call(DataSource(source), Data(data))
	case ArrayFunc:
		err = call(DataSource(source), DataArray(data))
	case PacketFunc:
		err = call(DataSource(source), Packet(data))
	}
	if err != nil {
		report(callback, err)
	}
}

//go:wasmexport gadgetBatch
func gadgetBatch(callback uint64, source uint32, records uint32, count uint32) {
	if call, ok := find(callback).(*batchFunc); ok {
		call.run(DataSource(source), records, count)
	}
}

//go:wasmexport gadgetTimer
func gadgetTimer(callback uint64) {
	if call, ok := find(callback).(func()); ok {
		call()
	}
}

//go:wasmexport gadgetOutput
func gadgetOutput(callback uint64, source uint32, data uint32, end uint32) {
	_ = source // the function knows it
	if call, ok := find(callback).(outputFunc); ok {
		if err := call(data, end != 0); err != nil {
			report(callback, err)
		}
	}
}

const loggedErrors = 10

var errorCounts = map[uint64]int{}

func report(callback uint64, err error) {
	errorCounts[callback]++
	if errorCounts[callback] <= loggedErrors {
		Warnf("callback %d: %s", callback, err)
	}
	if errorCounts[callback] == loggedErrors {
		Warnf("callback %d: no more of its errors are logged", callback)
	}
}
