package main

import (
	"fmt"
	"time"

	gadget "gadgetry/wasm"
)

// Subscriptions, and what the callbacks saw: it is reported when the run ends.

// What a callback came to, by step: how often it was called, and what was wrong first.
var seen [52]struct {
	calls int
	why   string
}

// Counts a call for a step and returns how many there were before.
func count(step int) int {
	seen[step].calls++
	return seen[step].calls - 1
}

// Does a part of a step in a callback.
func during(step int, work func()) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case wrong:
			if seen[step].why == "" {
				seen[step].why = string(reason)
			}
		default:
			panic(reason)
		}
	}()
	work()
}

func subscribe() {
	step(13, "subscribe", subscribeEach)
	step(14, "subscribe-batch", subscribeBatch)
	step(15, "output-mode", outputMode)
}

const fromArrays = 100 // what a call of Q counts, besides those of P

func subscribeEach() {
	good("A", numbers.Subscribe(func(_ gadget.DataSource, data gadget.Data) { onA(data) }, -100))
	good("B", numbers.Subscribe(func(_ gadget.DataSource, data gadget.Data) { onB(data) }, -50))
	good("C", numbers.Subscribe(func(_ gadget.DataSource, data gadget.Data) { onC(data) }, 200))
	good("P", numbers.SubscribePacket(func(source gadget.DataSource, packet gadget.Packet) error {
		n := count(41) % fromArrays
		during(41, func() {
			same("sourceName", get[string]("sourceName")(source.Name()), "numbers")
			same("u32", get[uint32]("u32")(fields["u32"].Uint32(gadget.Data(packet))), sent(n))
		})
		return nil
	}, -200))
	good("Q", rows.SubscribePacket(func(_ gadget.DataSource, packet gadget.Packet) error {
		seen[41].calls += fromArrays
		during(41, func() { same("dataArrayLen", gadget.DataArray(packet).Len(), 3) })
		return nil
	}, -200))
	good("R", rows.SubscribeArray(func(_ gadget.DataSource, rows gadget.DataArray) error {
		count(42)
		during(42, func() { onR(rows) })
		return nil
	}, -100))
	good("S", rows.Subscribe(func(_ gadget.DataSource, row gadget.Data) { onS(row) }, -50))
	good("T", rows.Subscribe(func(_ gadget.DataSource, row gadget.Data) { onT(row) }, 100))
	same("dataSourceSubscribe of type 9", rawSubscribe(uint32(numbers), 9, 0, 1<<40), 1)
	nothing := func(gadget.DataSource, gadget.DataArray) error { return nil }
	bad("dataSourceSubscribe of type 2 on numbers", numbers.SubscribeArray(nothing, 0))
}

// The u32 that event n was sent with.
func sent(n int) uint32 { return 4000000000 + uint32(n) }

func checkSent(n int, data gadget.Data) {
	same("i8", get[int8]("i8")(fields["i8"].Int8(data)), int8(-1-n))
	same("i16", get[int16]("i16")(fields["i16"].Int16(data)), int16(-300-n))
	same("i32", get[int32]("i32")(fields["i32"].Int32(data)), int32(-70000-n))
	same("i64", get[int64]("i64")(fields["i64"].Int64(data)), -5000000000-int64(n))
	same("u8", get[uint8]("u8")(fields["u8"].Uint8(data)), uint8(200+n))
	same("u16", get[uint16]("u16")(fields["u16"].Uint16(data)), uint16(60000+n))
	same("u32", get[uint32]("u32")(fields["u32"].Uint32(data)), sent(n))
	same("u64", get[uint64]("u64")(fields["u64"].Uint64(data)), 18000000000000000000+uint64(n))
	same("f32", get[float32]("f32")(fields["f32"].Float32(data)), 0.5+float32(n))
	same("f64", get[float64]("f64")(fields["f64"].Float64(data)), -0.25-float64(n))
	same("b", get[bool]("b")(fields["b"].Bool(data)), n%2 == 1)
	same("text", get[string]("text")(fields["text"].String(data, 64)), fmt.Sprintf("text-%d", n))
	buffer := make([]byte, 16)
	length := get[uint32]("bytes")(fields["bytes"].Bytes(data, buffer))
	sameAll("bytes", buffer[:length], []byte{byte(n), 1, 2, 3, 4, 5, 6, 7})
	_, err := fields["text"].Bytes(data, buffer[:4])
	bad("fieldGetBuffer of text to 4 bytes", err)
	_, err = fields["u32"].Uint64(data)
	bad("fieldGetScalar of u32 as u64", err)
}

const dropped = 2 // the event that A drops

func onA(data gadget.Data) {
	n := count(45)
	during(45, func() { checkSent(n, data) })
	if n == dropped {
		during(48, func() { good("dataDrop", gadget.Drop(data)) })
		return
	}
	count(46)
	during(46, func() { write(data) })
	count(47)
	during(47, func() { lists(n, data) })
}

func write(data gadget.Data) {
	field := func(name string) gadget.Field { return fields[name] }
	good("i8", field("i8").SetInt8(data, -8))
	same("i8", get[int8]("i8")(field("i8").Int8(data)), -8)
	good("i16", field("i16").SetInt16(data, -16))
	same("i16", get[int16]("i16")(field("i16").Int16(data)), -16)
	good("i32", field("i32").SetInt32(data, -32))
	same("i32", get[int32]("i32")(field("i32").Int32(data)), -32)
	good("i64", field("i64").SetInt64(data, -64))
	same("i64", get[int64]("i64")(field("i64").Int64(data)), -64)
	good("u8", field("u8").SetUint8(data, 8))
	same("u8", get[uint8]("u8")(field("u8").Uint8(data)), 8)
	good("u16", field("u16").SetUint16(data, 16))
	same("u16", get[uint16]("u16")(field("u16").Uint16(data)), 16)
	good("u64", field("u64").SetUint64(data, 64))
	same("u64", get[uint64]("u64")(field("u64").Uint64(data)), 64)
	good("f32", field("f32").SetFloat32(data, 1.5))
	same("f32", get[float32]("f32")(field("f32").Float32(data)), 1.5)
	good("f64", field("f64").SetFloat64(data, 2.5))
	same("f64", get[float64]("f64")(field("f64").Float64(data)), 2.5)
	good("b", field("b").SetBool(data, true))
	same("b", get[bool]("b")(field("b").Bool(data)), true)
	good("text", field("text").SetString(data, "changed"))
	same("text", get[string]("text")(field("text").String(data, 64)), "changed")
	good("bytes", field("bytes").SetBytes(data, []byte("ABCDEFGH")))
	buffer := make([]byte, 8)
	get[uint32]("bytes")(field("bytes").Bytes(data, buffer))
	same("bytes", string(buffer), "ABCDEFGH")
	good("added", added.SetUint64(data, 8))
	same("added", get[uint64]("added")(added.Uint64(data)), 8)
	bad("fieldSet of u32 as u64", field("u32").SetUint64(data, 1))
	bad("fieldSet of bytes with 3 bytes", field("bytes").SetBytes(data, []byte("ABC")))
}

func lists(n int, data gadget.Data) {
	want := []uint16{uint16(sent(n) & 0xffff), 1, 2}
	good("elementSet", gadget.SetElements(list, data, want))
	same("fieldLength", get[int]("fieldLength")(list.Len(data)), 3)
	for i, value := range want {
		same("elementGet", get[uint16]("elementGet")(gadget.Element[uint16](list, data, i)), value)
	}
	_, err := gadget.Element[uint16](list, data, 3)
	code("elementGet(3)", err, gadget.CodeInvalid, gadget.CodeNotFound)
	good("elementSetBuffer", names.SetStrings(data, []string{"a", "bb"}))
	same("names", get[string]("names")(names.ElementString(data, 0, 16)), "a")
	same("names", get[string]("names")(names.ElementString(data, 1, 16)), "bb")
	code("fieldSetLength(70000)", list.SetLen(data, 70000), gadget.CodeLimit, gadget.CodeInvalid)
	bad("fieldSetLength(u32, 2)", fields["u32"].SetLen(data, 2))
}

func onB(data gadget.Data) {
	count(48)
	during(48, func() { same("text that B sees", get[string]("text")(fields["text"].String(data, 64)), "changed") })
}

func onC(data gadget.Data) {
	number, text := uint32(4000000003), "changed"
	if count(50) == 0 {
		number, text = 5, "from batch"
	}
	during(50, func() {
		same("u32 that C sees", get[uint32]("u32")(fields["u32"].Uint32(data)), number)
		same("text that C sees", get[string]("text")(fields["text"].String(data, 64)), text)
		same("i8 that C sees", get[int8]("i8")(fields["i8"].Int8(data)), -8)
	})
}

func subscribeBatch() {
	view := gadget.NewView(numbers)
	number := gadget.WritableColumn[uint32](view, fields["u32"])
	text := view.WritableText(fields["text"])
	small := gadget.NumberColumn[int8](view, fields["i8"])
	float := gadget.NumberColumn[float64](view, fields["f64"])
	flag := gadget.NumberColumn[bool](view, fields["b"])
	bytes := view.Text(fields["bytes"])
	more := gadget.NumberColumn[uint64](view, added)
	elements := view.Text(list)

	check := func(record gadget.Record, n int) {
		same("u32", number.Get(record), sent(n))
		same("text", text.String(record), "changed")
		same("i8", small.Get(record), -8)
		same("f64", float.Get(record), 2.5)
		same("b", flag.Get(record), true)
		same("bytes", bytes.String(record), "ABCDEFGH")
		same("added", more.Get(record), 8)
		sameAll("list", gadget.Elements[uint16](elements, record), []uint16{uint16(sent(n) & 0xffff), 1, 2})
		same("being cut", record.IsCut(), false)
	}
	onD := func(batch *gadget.Batch) {
		for i := range batch.Len() {
			record := batch.Record(i)
			n := count(49)
			if n >= dropped {
				n++
			}
			during(49, func() { check(record, n) })
			switch n {
			case 0:
				number.Set(record, 5)
				text.SetString(record, "from batch")
			case 1:
				record.Drop()
			default:
				number.Set(record, 6)
				record.DiscardChanges()
			}
		}
	}
	good("subscribeBatch", view.Subscribe(onD, 100, 8192))

	nothing := func(*gadget.Batch) {}
	none := gadget.NewView(numbers)
	gadget.NumberColumn[uint32](none, 0)
	code("a view of field 0", none.Subscribe(nothing, 100, 8192), gadget.CodeBadHandle)
	little := gadget.NewView(numbers)
	little.Text(fields["text"])
	code("a buffer of 16 bytes", little.Subscribe(nothing, 100, 16), gadget.CodeTooSmall)
}

func outputMode() {
	good("outputModeAdd", numbers.AddOutputMode("conformance", func(out *gadget.Output, item gadget.Item) error {
		if item.End {
			_, err := out.WriteString("end\n")
			return err
		}
		number, err := fields["u32"].Uint32(item.Data)
		if err != nil {
			return err
		}
		text, err := fields["text"].String(item.Data, 64)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "event %d %s\n", number, text)
		return err
	}))
	sameCode("outputWrite", rawOutputWrite(text("x")), gadget.CodeState)
}

func onR(rows gadget.DataArray) {
	same("dataArrayLen", rows.Len(), 3)
	for i := range 3 {
		row := rows.Get(i)
		number := uint32(10 + i)
		same("id", get[uint32]("id")(id.Uint32(row)), number)
		same("name", get[string]("name")(name.String(row, 64)), fmt.Sprintf("row-%d", number))
	}
	row := rows.New()
	good("id", id.SetUint32(row, 99))
	good("name", name.SetString(row, "row-99"))
	good("dataArrayAppend", rows.Append(row))
	same("dataArrayLen", rows.Len(), 4)
}

// The rows come in this order.
func checkRow(step int, row gadget.Data, order []uint32) uint32 {
	index := count(step)
	number := get[uint32]("id")(id.Uint32(row))
	is("a row that is expected", index < len(order))
	same("id", number, order[index])
	return number
}

func onS(row gadget.Data) {
	during(43, func() {
		if checkRow(43, row, []uint32{10, 11, 12, 99}) == 11 {
			good("dataDrop", gadget.Drop(row))
		}
	})
}

func onT(row gadget.Data) {
	during(44, func() { checkRow(44, row, []uint32{10, 12, 99}) })
}

func startTimers() {
	step(40, "timer-start", func() {
		_, err := gadget.After(time.Millisecond, func() { count(51) })
		good("timerStart", err)
		long, err := gadget.Every(time.Hour, func() {})
		good("timerStart", err)
		good("release", long.Stop())
	})
}

// Steps 41 to 51: how often each callback was to be called.
func reportCallbacks() {
	for i, want := range []struct {
		name  string
		calls int
	}{
		{"packet", 4 + fromArrays}, {"array", 1}, {"row", 4}, {"row-drop", 3}, {"read", 4}, {"write", 3}, {"lists", 3}, {"drop", 3},
		{"batch", 3}, {"batch-write", 2}, {"timer", 1},
	} {
		number := 41 + i
		step(uint32(number), want.name, func() {
			if why := seen[number].why; why != "" {
				fail("%s", why)
			}
			same("the number of calls", seen[number].calls, want.calls)
		})
	}
}
