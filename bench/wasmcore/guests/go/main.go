// SPDX-License-Identifier: Apache-2.0

// A guest with a large runtime: the same event as event.c, and a JSON document there and back.
package main

import (
	"encoding/json"
	"fmt"
	"unsafe"
)

//go:wasmimport env host_get
func hostGet(field int32) int64

//go:wasmimport env host_get_string
func hostGetString(field int32, to unsafe.Pointer, size int32) int32

//go:wasmimport env host_set
func hostSet(field int32, value int64)

//go:wasmimport env host_set_string
func hostSetString(field int32, from unsafe.Pointer, size int32)

var text, upper [32]byte

//go:wasmexport event
func event(record int32) int32 {
	pid := hostGet(0)
	uid := hostGet(1)
	bytes := hostGet(2)
	size := hostGetString(3, unsafe.Pointer(&text), int32(len(text)))
	hash := uint32(2166136261)
	for i := range min(int(size), len(text)) {
		c := text[i]
		hash = (hash ^ uint32(c)) * 16777619
		if c >= 'a' && c <= 'z' {
			c -= 32
		}
		upper[i] = c
	}
	hostSet(4, pid+uid+bytes+int64(hash))
	hostSetString(5, unsafe.Pointer(&upper), size)
	return int32(hash + uint32(record))
}

type document struct {
	Name   string            `json:"name"`
	Values []int             `json:"values"`
	Labels map[string]string `json:"labels"`
}

// Encodes and decodes n documents; returns the bytes of all of them.
//
//go:wasmexport json
func jsonRounds(n int32) int32 {
	total := 0
	for i := range int(n) {
		in := document{fmt.Sprintf("record %d", i), []int{i, i * i, -i}, map[string]string{"a": "1", "b": fmt.Sprint(i)}}
		encoded, err := json.Marshal(in)
		if err != nil {
			panic(err)
		}
		var out document
		if err := json.Unmarshal(encoded, &out); err != nil || out.Name != in.Name || len(out.Values) != 3 {
			panic(fmt.Sprint("not the same: ", err))
		}
		total += len(encoded)
	}
	return int32(total)
}

func main() {}
