//! Steps about events that the module makes.

use crate::{bad, good, is, same, step, Check, Done, State};
use gadget::{DataArray, DataSource};

pub fn pre_start() {
    step(30, "too-early", |state| {
        let packet = good("dataSourceNewPacketSingle", state.results.new_packet())?;
        let handle = packet.packet().0;
        bad("dataSourceEmitAndRelease", packet.emit())?;
        let result = unsafe { gadget::raw::ig::data_source_release(state.results.0, handle) };
        same("dataSourceRelease of what was freed", result, 1)?;
        Ok(Done::Ok)
    });
}

pub fn start() {
    step(37, "single-packet", single);
    step(38, "array-packet", array);
    step(39, "unreference", unreference);
}

fn single(state: &mut State) -> Check {
    let [step, name, _, _] = state.result;
    let packet = good("dataSourceNewPacketSingle", state.results.new_packet())?;
    let data = packet.data();
    good("fieldSet(step)", step.set(data, 7u32))?;
    same("step", good("fieldGetScalar", step.get::<u32>(data))?, 7)?;
    for text in ["name".to_string(), "n".repeat(1000)] {
        good("fieldSet(name)", name.set_text(data, &text))?;
        same(
            "name",
            good("fieldGetBuffer", name.string(data, 2000))?,
            text,
        )?;
    }
    good("dataSourceRelease", packet.release())?;
    bad("fieldGetScalar of what was released", step.get::<u32>(data))?;
    bad("dataSourceNewPacketSingle(table)", state.table.new_packet())?;
    bad(
        "dataSourceNewPacketArray(results)",
        state.results.new_array(),
    )?;
    Ok(Done::Ok)
}

fn array(state: &mut State) -> Check {
    let value = state.value;
    let packet = good("dataSourceNewPacketArray", state.table.new_array())?;
    let rows = packet.rows();
    same("dataArrayLen", rows.len(), 0)?;
    for number in 1..=3u32 {
        let row = good("dataArrayNew", rows.new_row())?;
        good("fieldSet", value.set(row.data(), number))?;
        if number < 3 {
            good("dataArrayAppend", row.append())?;
        } else {
            good("dataArrayRelease", row.release())?;
        }
    }
    same("dataArrayLen", rows.len(), 2)?;
    let second = rows.get(1).ok_or("dataArrayGet(1) failed")?;
    same(
        "value",
        good("fieldGetScalar", value.get::<u32>(second))?,
        2,
    )?;
    is("dataArrayGet(2) failing", rows.get(2).is_none())?;
    is("dataArrayGet(40000) failing", rows.get(40000).is_none())?;
    let DataArray(handle) = rows;
    good("dataSourceEmitAndRelease", packet.emit())?;
    same(
        "dataArrayLen of what was emitted",
        DataArray(handle).len(),
        0,
    )?;
    Ok(Done::Ok)
}

fn unreference(state: &mut State) -> Check {
    let State { hidden, x, .. } = *state;
    same(
        "dataSourceIsReferenced",
        good("it", hidden.is_referenced())?,
        true,
    )?;
    good("dataSourceUnreference", hidden.unreference())?;
    same(
        "dataSourceIsReferenced",
        good("it", hidden.is_referenced())?,
        false,
    )?;
    bad("dataSourceIsReferenced(0)", DataSource(0).is_referenced())?;
    let packet = good("dataSourceNewPacketSingle", hidden.new_packet())?;
    good("fieldSet", x.set(packet.data(), 1u32))?;
    good("dataSourceEmitAndRelease", packet.emit())?;
    Ok(Done::Ok)
}
