package main

import (
	"slices"
	"unsafe"

	gadget "gadgetry/wasm"
)

// Steps about data sources, fields, parameters and handles.

func initFields() {
	step(1, "log", func() {
		same("gadgetShouldLog(0)", gadget.ShouldLog(gadget.ErrorLevel), true)
		gadget.LogText(gadget.DebugLevel, "")
	})
	step(2, "has-function", func() {
		same("hasFunction(subscribeBatch)", gadget.HasFunction("subscribeBatch"), true)
		same("hasFunction(nothing)", gadget.HasFunction("nothing"), false)
	})
	step(3, "last-error", func() {
		_, err := gadget.GetDataSource("nothing")
		bad("getDataSource(nothing)", err)
		is("a message of lastError", gadget.LastError() != "")
		same("lastError to 4 bytes", rawLastError(buffer(4)), 4)
		is("text of lastError in 4 bytes", rawBuffer[0] != 0)
	})
	step(4, "sources", sources)
	step(5, "new-source", newSource)
	step(6, "fields", findFields)
	step(7, "field-info", fieldInfo)
	step(8, "field-add", fieldAdd)
	step(9, "attributes", attributes)
	step(10, "field-remove", func() { good("fieldRemove(gone)", gone.Remove()) })
	step(11, "params", params)
	step(12, "config", func() {
		good("setConfig", gadget.SetConfig("conformance.key", "value"))
		key := text("conformance.key")
		same("setConfig with kind 8", rawSetConfig(key, key, 8), 1)
	})
}

func initHandles() {
	step(16, "handles", handles)
	step(17, "bad-memory", badMemory)
}

func sources() {
	numbers = get[gadget.DataSource]("getDataSource(numbers)")(gadget.GetDataSource("numbers"))
	rows = get[gadget.DataSource]("getDataSource(rows)")(gadget.GetDataSource("rows"))
	var found []string
	for _, source := range get[[]gadget.DataSource]("sourceAt")(gadget.DataSources()) {
		found = append(found, get[string]("sourceName")(source.Name()))
	}
	is("numbers and rows among the sources", slices.Contains(found, "numbers") && slices.Contains(found, "rows"))
	kind := get[gadget.DataSourceType]("sourceType")
	same("sourceType(numbers)", kind(numbers.Type()), gadget.DataSourceTypeSingle)
	same("sourceType(rows)", kind(rows.Type()), gadget.DataSourceTypeArray)
	small := rawSourceName(uint32(numbers), buffer(2), unsafe.Pointer(&rawLength))
	sameCode("sourceName to 2 bytes", small, gadget.CodeTooSmall)
}

func newSource() {
	source := get[gadget.DataSource]("newDataSource")
	results = source(gadget.NewDataSource("results", gadget.DataSourceTypeSingle))
	table = source(gadget.NewDataSource("table", gadget.DataSourceTypeArray))
	hidden = source(gadget.NewDataSource("hidden", gadget.DataSourceTypeSingle))
	_, err := gadget.NewDataSource("bad", 3)
	bad("newDataSource of type 3", err)
	field := get[gadget.Field]("dataSourceAddField")
	resultStep = field(results.AddField("step", gadget.Kind_Uint32))
	resultName = field(results.AddField("name", gadget.Kind_String))
	resultOk = field(results.AddField("ok", gadget.Kind_Bool))
	resultWhy = field(results.AddField("why", gadget.Kind_String))
	value = field(table.AddField("value", gadget.Kind_Uint32))
	x = field(hidden.AddField("x", gadget.Kind_Uint32))
	_, err = results.AddField("step", gadget.Kind_Uint32)
	bad("dataSourceAddField(step) again", err)
	_, err = results.AddField("kind15", 15)
	bad("dataSourceAddField of kind 15", err)
}

func findFields() {
	field := get[gadget.Field]("dataSourceGetField")
	for _, want := range wanted {
		fields[want.name] = field(numbers.GetField(want.name))
	}
	id = field(rows.GetField("id"))
	name = field(rows.GetField("name"))
	field(numbers.GetField("U32"))
	_, err := numbers.GetField("nothing")
	bad("dataSourceGetField(nothing)", err)
}

func fieldInfo() {
	all := get[[]gadget.Field]("fieldAt")(numbers.Fields())
	is("13 fields or more", len(all) >= len(wanted))
	for i, want := range wanted {
		same("fieldName", get[string]("fieldName")(all[i].Name()), want.name)
		info := get[gadget.FieldInfo]("fieldInfo")(all[i].Info())
		same("kind of "+want.name, info.Kind, want.kind)
		if want.size != 0 {
			same("size of "+want.name, info.Size, want.size)
		}
		same("elements of "+want.name, info.Elements, 1)
		same(want.name+" being a struct", info.IsStruct, false)
	}
	sameCode("fieldInfo to 8 bytes", rawFieldInfo(uint32(all[0]), buffer(8)), gadget.CodeTooSmall)
}

func fieldAdd() {
	field := get[gadget.Field]("fieldAdd")
	added = field(numbers.AddFieldAfter("added", gadget.Kind_Uint64, fields["u8"]))
	list = field(numbers.AddList("list", gadget.Kind_Uint16, 0))
	names = field(numbers.AddList("names", gadget.Kind_String, 0))
	gone = field(numbers.AddFieldAfter("gone", gadget.Kind_Uint32, 0))
	_, err := numbers.AddFieldAfter("added", gadget.Kind_Uint64, 0)
	code("added again", err, gadget.CodeExists)
	_, err = numbers.AddFieldAfter("kind99", 99, 0)
	code("fieldAdd of kind 99", err, gadget.CodeInvalid)
}

func attributes() {
	good("fieldSetAttribute", added.SetAttribute("columns.width", "9"))
	same("columns.width", get[string]("fieldGetAttribute")(added.Attribute("columns.width")), "9")
	_, err := added.Attribute("conformance.nothing")
	code("conformance.nothing", err, gadget.CodeNotFound)
	good("fieldSetOrder", added.SetOrder(1))
	good("fieldAddTag", added.AddTag("conformance"))
	good("sourceSetAttribute", numbers.SetAttribute("conformance.key", "value"))
}

func params() {
	same("greeting", get[string]("getParamValue")(gadget.GetParamValue("greeting", 64)), "hello")
	_, err := gadget.GetParamValue("greeting", 2)
	bad("getParamValue to 2 bytes", err)
	_, err = gadget.GetParamValue("nothing", 64)
	bad("getParamValue(nothing)", err)
	same("greeting", get[string]("paramGet")(gadget.Param("greeting")), "hello")
	small := rawParamGet(text("greeting"), buffer(2), unsafe.Pointer(&rawLength))
	sameCode("paramGet to 2 bytes", small, gadget.CodeTooSmall)
	_, err = gadget.Param("nothing")
	code("paramGet(nothing)", err, gadget.CodeNotFound)
}

func handles() {
	first := get[gadget.DataSource]("getDataSource")(gadget.GetDataSource("numbers"))
	good("releaseHandle", gadget.ReleaseHandle(first))
	bad("releaseHandle again", gadget.ReleaseHandle(first))
	second := get[gadget.DataSource]("getDataSource")(gadget.GetDataSource("numbers"))
	good("release", gadget.Release(second))
	code("release again", gadget.Release(second), gadget.CodeBadHandle)
	_, err := second.GetField("u32")
	bad("dataSourceGetField of a freed handle", err)
	_, err = gadget.DataSource(fields["i8"]).Type()
	code("sourceType of a field", err, gadget.CodeBadHandle)
}

func badMemory() {
	same("getDataSource", rawGetDataSource(nowhere), 0)
	same("hasFunction", rawHasFunction(nowhere), 0)
	sameCode("sourceSetAttribute", rawSourceSetAttribute(uint32(numbers), nowhere, text("value")), gadget.CodeMemory)
	sameCode("sourceName", rawSourceName(uint32(numbers), nowhere, unsafe.Pointer(&rawLength)), gadget.CodeMemory)
}

func preStart() {
	step(29, "late-field", func() {
		_, err := results.AddField("late", gadget.Kind_Uint32)
		good("dataSourceAddField(late)", err)
		good("fieldSetAttribute", added.SetHidden(false))
	})
	step(30, "too-early", func() {
		packet := get[gadget.PacketSingle]("dataSourceNewPacketSingle")(results.NewPacketSingle())
		bad("dataSourceEmitAndRelease", results.EmitAndRelease(gadget.Packet(packet)))
		bad("dataSourceRelease of what was freed", results.Release(gadget.Packet(packet)))
	})
}
