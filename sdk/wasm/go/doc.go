// Package gadget is for WebAssembly modules of gadgets, in Go.
//
// A module changes, adds and hides fields, drops events, makes data sources, reads and writes eBPF maps, decides
// what is attached, and prints in its own format. A whole one, which upper-cases a field:
//
//	package main
//
//	import (
//		"strings"
//
//		gadget "gadgetry/wasm"
//	)
//
//	//go:wasmexport gadgetInit
//	func gadgetInit() int32 {
//		source, err := gadget.GetDataSource("open")
//		if err != nil {
//			gadget.Errorf("no data source: %s", err)
//			return 1
//		}
//		comm, err := source.GetField("comm")
//		if err != nil {
//			gadget.Errorf("no field: %s", err)
//			return 1
//		}
//		source.Subscribe(func(source gadget.DataSource, data gadget.Data) {
//			if text, err := comm.String(data, 16); err == nil {
//				comm.SetString(data, strings.ToUpper(text))
//			}
//		}, 0)
//		return 0
//	}
//
//	func main() {}
//
// # Coming from version 1
//
// The names and types are those of the Go package for version 1 of the interface: a program that uses it changes the
// path of its import and nothing else.
//
//	import api "gadgetry/wasm"
//
// # Building
//
// gadgetctl build does it, without network. It needs Go 1.24. The package exports gadgetAPIVersion and what the host
// calls for callbacks; the module exports those functions of the lifecycle that it wants, each func() int32 where 0
// is success:
//
//   - gadgetInit: the data sources exist; the place to add fields and data sources, and to subscribe;
//   - gadgetPreStart: the eBPF object is not loaded yet; the last chance to change fields, programs, variables;
//   - gadgetStart: the eBPF programs are attached and its maps exist;
//   - gadgetStop: the run ends; events can still be emitted;
//   - gadgetPostStop: after everything.
//
// # Two versions of the interface
//
// Functions that say v2 need the import module gadget_v2 of this project; others work on any host of version 1,
// because a function that is not called is not imported. [HasFunction] asks the host for a single function of v2.
//
// # Errors
//
// Errors of v2 functions are of type *[HostError] and have the host's code and message; compare codes with [IsCode].
// Those of version 1 say what was tried; [LastError] (v2) fetches the reason.
//
// # Memory
//
// Reading and writing fields of a fixed size, and text into a buffer that is made once ([Field.Bytes],
// [Field.Text]), allocates nothing. What Go needs for each call of a callback (a goroutine) cannot be avoided but by
// a [View], which gets many events in one call.
package gadget
