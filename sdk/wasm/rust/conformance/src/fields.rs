//! Steps about data sources, fields, parameters and handles.

use crate::{bad, code, good, is, same, step, Check, Done, State, NONE, NUMBERS};
use gadget::{raw, Code, DataSource, Kind, Level, SourceType};

pub fn init() {
    step(1, "log", |_| {
        same("gadgetShouldLog(0)", gadget::should_log(Level::Error), true)?;
        gadget::log(Level::Debug, "");
        Ok(Done::Ok)
    });
    step(2, "has-function", |_| {
        same(
            "hasFunction(subscribeBatch)",
            gadget::has_function("subscribeBatch"),
            true,
        )?;
        same(
            "hasFunction(nothing)",
            gadget::has_function("nothing"),
            false,
        )?;
        Ok(Done::Ok)
    });
    step(3, "last-error", |_| {
        bad("getDataSource(nothing)", DataSource::get("nothing"))?;
        is("a message of lastError", !gadget::last_error().is_empty())?;
        let mut small = [0u8; 4];
        let address = small.as_mut_ptr() as usize as u64;
        same(
            "lastError to 4 bytes",
            unsafe { raw::v2::last_error(4 << 32 | address) },
            4,
        )?;
        is("text of lastError in 4 bytes", small != [0; 4])?;
        Ok(Done::Ok)
    });
    step(4, "sources", sources);
    step(5, "new-source", new_source);
    step(6, "fields", fields);
    step(7, "field-info", field_info);
    step(8, "field-add", field_add);
    step(9, "attributes", attributes);
    step(10, "field-remove", |state| {
        good("fieldRemove(gone)", state.gone.remove())?;
        Ok(Done::Ok)
    });
    step(11, "params", params);
    step(12, "config", |_| {
        good("setConfig", gadget::set_config("conformance.key", "value"))?;
        let (key, value) = (text("conformance.key"), text("value"));
        same(
            "setConfig with kind 8",
            unsafe { raw::ig::set_config(key, value, 8) },
            1,
        )?;
        Ok(Done::Ok)
    });
}

pub fn late_init() {
    step(16, "handles", handles);
    step(17, "bad-memory", bad_memory);
}

fn text(value: &str) -> u64 {
    (value.len() as u64) << 32 | value.as_ptr() as usize as u64
}

fn sources(state: &mut State) -> Check {
    state.numbers = good("getDataSource(numbers)", DataSource::get("numbers"))?;
    state.rows = good("getDataSource(rows)", DataSource::get("rows"))?;
    let mut found = Vec::new();
    for source in good("sourceAt", DataSource::all())? {
        found.push(good("sourceName", source.name())?);
    }
    for name in ["numbers", "rows"] {
        is(
            &format!("{} among {:?}", name, found),
            found.iter().any(|other| other == name),
        )?;
    }
    same(
        "sourceType(numbers)",
        good("sourceType", state.numbers.source_type())?,
        SourceType::Single,
    )?;
    same(
        "sourceType(rows)",
        good("sourceType", state.rows.source_type())?,
        SourceType::Array,
    )?;
    let (mut small, mut length) = ([0u8; 2], 0);
    let out = 2 << 32 | small.as_mut_ptr() as usize as u64;
    let number = unsafe { raw::v2::source_name(state.numbers.0, out, &mut length) };
    same("sourceName to 2 bytes", Code::from(number), Code::TooSmall)?;
    Ok(Done::Ok)
}

fn new_source(state: &mut State) -> Check {
    state.results = good(
        "newDataSource(results)",
        DataSource::new("results", SourceType::Single),
    )?;
    state.table = good(
        "newDataSource(table)",
        DataSource::new("table", SourceType::Array),
    )?;
    state.hidden = good(
        "newDataSource(hidden)",
        DataSource::new("hidden", SourceType::Single),
    )?;
    same(
        "newDataSource(bad)",
        unsafe { raw::ig::new_data_source(text("bad"), 3) },
        0,
    )?;
    let wanted = [
        ("step", Kind::Uint32),
        ("name", Kind::String),
        ("ok", Kind::Bool),
        ("why", Kind::String),
    ];
    for (at, (name, kind)) in wanted.into_iter().enumerate() {
        state.result[at] = good(name, state.results.add_field(name, kind))?;
    }
    state.value = good("value", state.table.add_field("value", Kind::Uint32))?;
    state.x = good("x", state.hidden.add_field("x", Kind::Uint32))?;
    bad(
        "dataSourceAddField(step) again",
        state.results.add_field("step", Kind::Uint32),
    )?;
    let number = unsafe { raw::ig::data_source_add_field(state.results.0, text("kind15"), 15) };
    same("dataSourceAddField of kind 15", number, 0)?;
    Ok(Done::Ok)
}

fn fields(state: &mut State) -> Check {
    for (at, (name, _, _)) in NUMBERS.iter().enumerate() {
        state.fields[at] = good(name, state.numbers.field(name))?;
    }
    state.id = good("id", state.rows.field("id"))?;
    state.name = good("name", state.rows.field("name"))?;
    good("U32", state.numbers.field("U32"))?;
    bad(
        "dataSourceGetField(nothing)",
        state.numbers.field("nothing"),
    )?;
    Ok(Done::Ok)
}

fn field_info(state: &mut State) -> Check {
    let all = good("fieldAt", state.numbers.fields())?;
    is("13 fields or more", all.len() >= NUMBERS.len())?;
    for (field, (name, kind, size)) in all.iter().zip(NUMBERS) {
        same(
            "fieldName",
            good("fieldName", field.name())?,
            name.to_string(),
        )?;
        let info = good("fieldInfo", field.info())?;
        same(&format!("kind of {}", name), info.kind, kind)?;
        if size != 0 {
            same(&format!("size of {}", name), info.size, size)?;
        }
        same(&format!("elements of {}", name), info.elements, 1)?;
        same(&format!("{} being a struct", name), info.is_struct, false)?;
    }
    let mut small = [0u32; 2];
    let out = 8 << 32 | small.as_mut_ptr() as usize as u64;
    let number = unsafe { raw::v2::field_info(all[0].0, out) };
    same("fieldInfo to 8 bytes", Code::from(number), Code::TooSmall)?;
    Ok(Done::Ok)
}

fn field_add(state: &mut State) -> Check {
    let State { numbers, .. } = *state;
    let after = crate::field("u8");
    state.added = good(
        "added",
        numbers.add_field_after("added", Kind::Uint64, after),
    )?;
    state.list = good("list", numbers.add_list("list", Kind::Uint16, None))?;
    state.names = good("names", numbers.add_list("names", Kind::String, None))?;
    state.gone = good("gone", numbers.add_field_after("gone", Kind::Uint32, NONE))?;
    code(
        "added again",
        numbers.add_field_after("added", Kind::Uint64, NONE),
        &[Code::Exists],
    )?;
    let mut field = 0;
    let number = unsafe { raw::v2::field_add(numbers.0, text("kind99"), 99, 0, 0, &mut field) };
    same("fieldAdd of kind 99", Code::from(number), Code::Invalid)?;
    Ok(Done::Ok)
}

fn attributes(state: &mut State) -> Check {
    let State { added, numbers, .. } = *state;
    good(
        "fieldSetAttribute",
        added.set_attribute("columns.width", "9"),
    )?;
    same(
        "columns.width",
        good("fieldGetAttribute", added.attribute("columns.width"))?,
        "9".into(),
    )?;
    code(
        "conformance.nothing",
        added.attribute("conformance.nothing"),
        &[Code::NotFound],
    )?;
    good("fieldSetOrder", added.set_order(1))?;
    good("fieldAddTag", added.add_tag("conformance"))?;
    good(
        "sourceSetAttribute",
        numbers.set_attribute("conformance.key", "value"),
    )?;
    Ok(Done::Ok)
}

fn params(_: &mut State) -> Check {
    same(
        "greeting",
        good("getParamValue", gadget::param_v1("greeting", 64))?,
        "hello".into(),
    )?;
    bad("getParamValue to 2 bytes", gadget::param_v1("greeting", 2))?;
    bad("getParamValue(nothing)", gadget::param_v1("nothing", 64))?;
    same(
        "greeting",
        good("paramGet", gadget::param("greeting"))?,
        "hello".into(),
    )?;
    let (mut small, mut length) = ([0u8; 2], 0);
    let out = 2 << 32 | small.as_mut_ptr() as usize as u64;
    let number = unsafe { raw::v2::param_get(text("greeting"), out, &mut length) };
    same("paramGet to 2 bytes", Code::from(number), Code::TooSmall)?;
    code(
        "paramGet(nothing)",
        gadget::param("nothing"),
        &[Code::NotFound],
    )?;
    Ok(Done::Ok)
}

fn handles(state: &mut State) -> Check {
    let first = good("getDataSource", DataSource::get("numbers"))?;
    good("releaseHandle", gadget::release_handle(first.0))?;
    bad("releaseHandle again", gadget::release_handle(first.0))?;
    let second = good("getDataSource", DataSource::get("numbers"))?;
    good("release", gadget::release(second.0))?;
    code(
        "release again",
        gadget::release(second.0),
        &[Code::BadHandle],
    )?;
    bad("dataSourceGetField of a freed handle", second.field("u32"))?;
    let field = DataSource(state.fields[0].0);
    code(
        "sourceType of a field",
        field.source_type(),
        &[Code::BadHandle],
    )?;
    Ok(Done::Ok)
}

fn bad_memory(state: &mut State) -> Check {
    let nowhere = 8 << 32 | 0xffff_fff0;
    let source = state.numbers.0;
    same(
        "getDataSource",
        unsafe { raw::ig::get_data_source(nowhere) },
        0,
    )?;
    same("hasFunction", unsafe { raw::v2::has_function(nowhere) }, 0)?;
    let number = unsafe { raw::v2::source_set_attribute(source, nowhere, text("value")) };
    same("sourceSetAttribute", Code::from(number), Code::Memory)?;
    let mut length = 0;
    let number = unsafe { raw::v2::source_name(source, nowhere, &mut length) };
    same("sourceName", Code::from(number), Code::Memory)?;
    Ok(Done::Ok)
}

pub fn pre_start() {
    step(29, "late-field", |state| {
        good(
            "dataSourceAddField(late)",
            state.results.add_field("late", Kind::Uint32),
        )?;
        good("fieldSetAttribute", state.added.set_hidden(false))?;
        Ok(Done::Ok)
    });
}

pub fn start() {
    step(31, "too-late", |state| {
        let numbers = state.numbers;
        let late = numbers.add_field_after("toolate", Kind::Uint32, NONE);
        code("fieldAdd", late, &[Code::State])?;
        let mode = numbers.add_output_mode("toolate", |_, _| ());
        code("outputModeAdd", mode, &[Code::State])?;
        bad(
            "newDataSource",
            DataSource::new("toolate", SourceType::Single),
        )?;
        Ok(Done::Ok)
    });
}
