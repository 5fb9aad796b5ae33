package main

import (
	"strings"

	gadget "gadgetry/wasm"
)

// Steps about events that the module makes.

func startPackets() {
	step(37, "single-packet", single)
	step(38, "array-packet", array)
	step(39, "unreference", unreference)
}

func single() {
	packet := get[gadget.PacketSingle]("dataSourceNewPacketSingle")(results.NewPacketSingle())
	data := gadget.Data(packet)
	good("fieldSet(step)", resultStep.SetUint32(data, 7))
	same("step", get[uint32]("fieldGetScalar")(resultStep.Uint32(data)), 7)
	for _, text := range []string{"name", strings.Repeat("n", 1000)} {
		good("fieldSet(name)", resultName.SetString(data, text))
		same("name", get[string]("fieldGetBuffer")(resultName.String(data, 2000)), text)
	}
	good("dataSourceRelease", results.Release(gadget.Packet(packet)))
	_, err := resultStep.Uint32(data)
	bad("fieldGetScalar of what was released", err)
	_, err = table.NewPacketSingle()
	bad("dataSourceNewPacketSingle(table)", err)
	_, err = results.NewPacketArray()
	bad("dataSourceNewPacketArray(results)", err)
}

func array() {
	packet := get[gadget.PacketArray]("dataSourceNewPacketArray")(table.NewPacketArray())
	rows := gadget.DataArray(packet)
	same("dataArrayLen", rows.Len(), 0)
	for number := uint32(1); number <= 3; number++ {
		row := rows.New()
		is("a row of dataArrayNew", row != 0)
		good("fieldSet", value.SetUint32(row, number))
		if number < 3 {
			good("dataArrayAppend", rows.Append(row))
		} else {
			good("dataArrayRelease", rows.Release(row))
		}
	}
	same("dataArrayLen", rows.Len(), 2)
	same("value", get[uint32]("fieldGetScalar")(value.Uint32(rows.Get(1))), 2)
	same("dataArrayGet(2)", rows.Get(2), 0)
	same("dataArrayGet(40000)", rows.Get(40000), 0)
	good("dataSourceEmitAndRelease", table.EmitAndRelease(gadget.Packet(packet)))
	same("dataArrayLen of what was emitted", rows.Len(), 0)
}

func unreference() {
	same("dataSourceIsReferenced", hidden.IsReferenced(), true)
	good("dataSourceUnreference", hidden.Unreference())
	same("dataSourceIsReferenced", hidden.IsReferenced(), false)
	same("dataSourceIsReferenced(0)", gadget.DataSource(0).IsReferenced(), false)
	packet := get[gadget.PacketSingle]("dataSourceNewPacketSingle")(hidden.NewPacketSingle())
	good("fieldSet", x.SetUint32(gadget.Data(packet), 1))
	good("dataSourceEmitAndRelease", hidden.EmitAndRelease(gadget.Packet(packet)))
}
