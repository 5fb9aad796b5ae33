// The conformance module in Go: see ../../conformance.md, whose numbers the steps have.
package main

import (
	"errors"
	"fmt"
	"slices"

	gadget "gadgetry/wasm"
)

// What steps leave to later ones.
var (
	numbers, rows, results, table, hidden gadget.DataSource
	fields                                = map[string]gadget.Field{}
	id, name, value, x                    gadget.Field
	resultStep, resultName                gadget.Field
	resultOk, resultWhy                   gadget.Field
	added, list, names, gone              gadget.Field
)

// Fields of numbers, in order. Sizes are those of numbers.
var wanted = []struct {
	name string
	kind gadget.FieldKind
	size uint32
}{
	{"i8", gadget.Kind_Int8, 1}, {"i16", gadget.Kind_Int16, 2}, {"i32", gadget.Kind_Int32, 4}, {"i64", gadget.Kind_Int64, 8},
	{"u8", gadget.Kind_Uint8, 1}, {"u16", gadget.Kind_Uint16, 2}, {"u32", gadget.Kind_Uint32, 4}, {"u64", gadget.Kind_Uint64, 8},
	{"f32", gadget.Kind_Float32, 4}, {"f64", gadget.Kind_Float64, 8}, {"b", gadget.Kind_Bool, 1},
	{"text", gadget.Kind_CString, 0}, {"bytes", gadget.Kind_Bytes, 0},
}

type result struct {
	step    uint32
	name    string
	skipped bool
	why     string
}

var reports []result

var errSkip = errors.New("skip")

// The first thing that is wrong ends a step.
type wrong string

// Does a step; the next one is done whatever comes of it.
func step(number uint32, name string, work func()) {
	report := result{step: number, name: name}
	func() {
		defer func() {
			switch reason := recover().(type) {
			case nil:
			case wrong:
				report.why = string(reason)
			case error:
				if report.skipped = reason == errSkip; !report.skipped {
					panic(reason)
				}
			default:
				panic(reason)
			}
		}()
		work()
	}()
	switch {
	case report.skipped:
		gadget.Infof("%d %s skip", number, name)
	case report.why == "":
		gadget.Infof("%d %s ok", number, name)
	default:
		gadget.Infof("%d %s FAIL: %s", number, name, report.why)
	}
	reports = append(reports, report)
}

func skip() { panic(errSkip) }

func fail(format string, args ...any) { panic(wrong(fmt.Sprintf(format, args...))) }

func is(what string, good bool) {
	if !good {
		fail("%s is not so", what)
	}
}

func same[T comparable](what string, got, want T) {
	if got != want {
		fail("%s is %v, not %v", what, got, want)
	}
}

func sameAll[T comparable](what string, got, want []T) {
	if !slices.Equal(got, want) {
		fail("%s is %v, not %v", what, got, want)
	}
}

// What must work.
func good(what string, err error) {
	if err != nil {
		fail("%s failed: %s", what, err)
	}
}

// The value of what must work.
func get[T any](what string) func(T, error) T {
	return func(value T, err error) T {
		good(what, err)
		return value
	}
}

// What must fail.
func bad(what string, err error) {
	if err == nil {
		fail("%s worked", what)
	}
}

// What must fail with one of some codes.
func code(what string, err error, codes ...gadget.Code) {
	bad(what, err)
	for _, code := range codes {
		if gadget.IsCode(err, code) {
			return
		}
	}
	fail("%s gives %v, not one of %v", what, err, codes)
}

//go:wasmexport gadgetInit
func gadgetInit() int32 {
	initFields()
	subscribe()
	initHandles()
	initMachine()
	return 0
}

//go:wasmexport gadgetPreStart
func gadgetPreStart() int32 {
	preStart()
	return 0
}

//go:wasmexport gadgetStart
func gadgetStart() int32 {
	step(31, "too-late", func() {
		_, err := numbers.AddFieldAfter("toolate", gadget.Kind_Uint32, 0)
		code("fieldAdd", err, gadget.CodeState)
		mode := func(*gadget.Output, gadget.Item) error { return nil }
		code("outputModeAdd", numbers.AddOutputMode("toolate", mode), gadget.CodeState)
		_, err = gadget.NewDataSource("toolate", gadget.DataSourceTypeSingle)
		bad("newDataSource", err)
	})
	startMaps()
	startPackets()
	startTimers()
	return 0
}

//go:wasmexport gadgetStop
func gadgetStop() int32 {
	reportCallbacks()
	for _, report := range reports {
		if err := emit(report); err != nil {
			gadget.Errorf("results: %s", err)
		}
	}
	return 0
}

func emit(report result) error {
	packet, err := results.NewPacketSingle()
	if err != nil {
		return err
	}
	text := report.name
	if report.skipped {
		text += " (skip)"
	}
	data := gadget.Data(packet)
	return errors.Join(
		resultStep.SetUint32(data, report.step),
		resultName.SetString(data, text),
		resultOk.SetBool(data, report.why == ""),
		resultWhy.SetString(data, report.why),
		results.EmitAndRelease(gadget.Packet(packet)))
}

//go:wasmexport gadgetPostStop
func gadgetPostStop() int32 { return 0 }

func main() {}
