package main

import (
	"errors"
	"os"
	"slices"

	gadget "gadgetry/wasm"
)

// Steps about maps and perf buffers.

func startMaps() {
	step(32, "map", plainMap)
	step(33, "map-iterate", iterate)
	step(34, "map-per-cpu", perCPU)
	step(35, "perf", perf)
	step(36, "filter", func() { same("shouldDiscardMntnsID(1)", gadget.ShouldDiscardMntNsID(1), false) })
}

// A map that steps need; they are skipped without it.
func newMap(name string, mapType gadget.MapType, valueSize, entries uint32) gadget.Map {
	m, err := gadget.NewMap(gadget.MapSpec{Name: name, Type: mapType, KeySize: 4, ValueSize: valueSize, MaxEntries: entries})
	if err != nil {
		skip()
	}
	return m
}

func plainMap() {
	m := newMap("conformance", gadget.Hash, 8, 16)
	key := uint32(1)
	var got uint64
	bad("mapLookup of nothing", m.Lookup(key, &got))
	good("mapUpdate", m.Put(key, uint64(100)))
	good("mapLookup", m.Lookup(key, &got))
	same("mapLookup", got, 100)
	bad("mapUpdate with flags 1", m.Update(key, uint64(200), gadget.UpdateNoExist))
	good("mapUpdate with flags 2", m.Update(key, uint64(200), gadget.UpdateExist))
	good("mapLookup", m.Lookup(&key, &got))
	same("mapLookup", got, 200)
	bad("mapLookup to 4 bytes", m.Lookup(key, make([]byte, 4)))
	good("mapDelete", m.Delete(key))
	bad("mapDelete again", m.Delete(key))
	_, err := gadget.GetMap("nothing")
	bad("getMap(nothing)", err)
	good("mapRelease", m.Close())
}

func fill(m gadget.Map) {
	for key := uint32(1); key <= 10; key++ {
		good("mapUpdate", m.Put(key, uint64(key)*uint64(key)))
	}
}

func iterate() {
	m := newMap("conformance", gadget.Hash, 8, 16)
	fill(m)
	var keys []uint32
	var key uint32
	err := m.NextKey(nil, &key)
	for ; err == nil; err = m.NextKey(key, &key) {
		is("mapNextKey ending", len(keys) < 10)
		keys = append(keys, key)
	}
	code("mapNextKey after the last", err, gadget.CodeEnd)
	slices.Sort(keys)
	sameAll("keys", keys, []uint32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})

	checkBatches(m, false)
	checkBatches(m, true)
	code("mapNextKey of what was deleted", m.NextKey(nil, &key), gadget.CodeEnd)
	fill(m)
	var got uint64
	good("mapLookupAndDelete", m.LookupAndDelete(uint32(3), &got))
	same("mapLookupAndDelete", got, 9)
	code("mapLookupAndDelete again", m.LookupAndDelete(uint32(3), &got), gadget.CodeNotFound)
	good("mapRelease", m.Close())
}

func checkBatches(m gadget.Map, deleting bool) {
	var cursor uint32
	all := map[uint32]uint64{}
	for {
		keys, values := make([]uint32, 4), make([]uint64, 4)
		count, last, err := m.LookupBatch(&cursor, keys, values, deleting)
		good("mapLookupBatch", err)
		for i := range count {
			all[keys[i]] = values[i]
		}
		if last {
			break
		}
		is("mapLookupBatch ending", count > 0 && len(all) <= 16)
	}
	same("entries", len(all), 10)
	for key, value := range all {
		same("value", value, uint64(key)*uint64(key))
	}
}

func perCPU() {
	m := newMap("conformance_cpu", gadget.PerCPUHash, 8, 4)
	count := get[int]("cpuCount")(gadget.CPUCount())
	values := make([]byte, 8*count)
	for cpu := range count {
		number := 1000 + cpu
		values[8*cpu], values[8*cpu+1] = byte(number), byte(number>>8)
	}
	good("mapUpdate", m.Put(uint32(1), values))
	all := make([]byte, 8*count)
	good("mapLookup", m.Lookup(uint32(1), all))
	sameAll("mapLookup", all, values)
	var got uint64
	good("mapLookupCpu", m.LookupCPU(uint32(1), 0, &got))
	same("mapLookupCpu(0)", got, 1000)
	code("mapLookupCpu(1000000)", m.LookupCPU(uint32(1), 1000000, &got), gadget.CodeInvalid, gadget.CodeNotFound)
	good("mapRelease", m.Close())
}

func perf() {
	m := newMap("conformance_perf", gadget.PerfEventArray, 4, 0)
	reader, err := gadget.NewPerfReader(m, 65536, true)
	if err != nil {
		skip()
	}
	good("perfReaderPause", reader.Pause())
	err = reader.Read(make([]byte, 64))
	is("perfReaderRead giving nothing", errors.Is(err, os.ErrDeadlineExceeded))
	good("perfReaderResume", reader.Resume())
	good("perfReaderClose", reader.Close())
	good("mapRelease", m.Close())
}
