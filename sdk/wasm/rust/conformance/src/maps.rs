//! Steps about maps and perf buffers.

use crate::{bad, code, good, is, same, step, Check, Done, State};
use gadget::{Code, Map, MapSpec, MapType, PerfReader, Update};

pub fn start() {
    step(32, "map", map);
    step(33, "map-iterate", iterate);
    step(34, "map-per-cpu", per_cpu);
    step(35, "perf", perf);
    step(36, "filter", |_| {
        same(
            "shouldDiscardMntnsID(1)",
            gadget::should_discard_mntns_id(1),
            false,
        )?;
        Ok(Done::Ok)
    });
}

fn new_map() -> gadget::Result<Map> {
    Map::new(&MapSpec {
        name: "conformance",
        map_type: MapType::Hash,
        key_size: 4,
        value_size: 8,
        max_entries: 16,
    })
}

fn map(_: &mut State) -> Check {
    let map = match new_map() {
        Ok(map) => map,
        Err(_) => return Ok(Done::Skip),
    };
    bad("mapLookup of nothing", map.lookup::<u32, u64>(&1))?;
    good("mapUpdate", map.put(&1u32, &100u64))?;
    same(
        "mapLookup",
        good("mapLookup", map.lookup::<u32, u64>(&1))?,
        100,
    )?;
    bad(
        "mapUpdate with flags 1",
        map.update(&1u32, &200u64, Update::NoExist),
    )?;
    good(
        "mapUpdate with flags 2",
        map.update(&1u32, &200u64, Update::Exist),
    )?;
    same(
        "mapLookup",
        good("mapLookup", map.lookup::<u32, u64>(&1))?,
        200,
    )?;
    bad("mapLookup to 4 bytes", map.lookup::<u32, u32>(&1))?;
    good("mapDelete", map.delete(&1u32))?;
    bad("mapDelete again", map.delete(&1u32))?;
    bad("getMap(nothing)", Map::get("nothing"))?;
    good("mapRelease", map.close())?;
    Ok(Done::Ok)
}

fn iterate(_: &mut State) -> Check {
    let map = match new_map() {
        Ok(map) => map,
        Err(_) => return Ok(Done::Skip),
    };
    let fill = || (1..=10u32).try_for_each(|key| map.put(&key, &(u64::from(key) * u64::from(key))));
    good("mapUpdate", fill())?;

    let mut keys = Vec::new();
    let mut next = good("mapNextKey", map.next_key::<u32>(None))?;
    while let Some(key) = next {
        is("mapNextKey ending", keys.len() < 10)?;
        keys.push(key);
        next = good("mapNextKey", map.next_key(Some(&key)))?;
    }
    keys.sort_unstable();
    same("keys", keys, (1..=10).collect())?;

    let mut entries = read_batches(&map, false)?;
    entries.sort_unstable();
    let wanted: Vec<(u32, u64)> = (1..=10)
        .map(|key| (key, u64::from(key) * u64::from(key)))
        .collect();
    same("mapLookupBatch", entries, wanted.clone())?;
    let mut all = Vec::new();
    for entry in map.entries::<u32, u64>() {
        all.push(good("entries", entry)?);
    }
    all.sort_unstable();
    same("entries", all, wanted)?;

    same(
        "mapLookupBatch that deletes",
        read_batches(&map, true)?.len(),
        10,
    )?;
    is(
        "nothing being left",
        good("mapNextKey", map.next_key::<u32>(None))?.is_none(),
    )?;
    good("mapUpdate", fill())?;
    same(
        "mapLookupAndDelete",
        good("mapLookupAndDelete", map.take::<u32, u64>(&3))?,
        9,
    )?;
    code(
        "mapLookupAndDelete again",
        map.take::<u32, u64>(&3),
        &[Code::NotFound],
    )?;
    Ok(Done::Ok)
}

fn read_batches(map: &Map, delete: bool) -> Result<Vec<(u32, u64)>, String> {
    let mut cursor = 0;
    let mut all = Vec::new();
    loop {
        let (mut keys, mut values) = ([0u32; 4], [0u64; 4]);
        let read = map.lookup_batch(&mut cursor, &mut keys, &mut values, delete);
        let read = good("mapLookupBatch", read)?;
        all.extend(keys.into_iter().zip(values).take(read.count));
        if read.is_last {
            return Ok(all);
        }
        is("mapLookupBatch ending", all.len() <= 16 && read.count > 0)?;
    }
}

fn per_cpu(_: &mut State) -> Check {
    let spec = MapSpec {
        name: "conformance_cpu",
        map_type: MapType::PerCpuHash,
        key_size: 4,
        value_size: 8,
        max_entries: 4,
    };
    let map = match Map::new(&spec) {
        Ok(map) => map,
        Err(_) => return Ok(Done::Skip),
    };
    let cpus = u64::from(good("cpuCount", gadget::cpu_count())?);
    let values: Vec<u64> = (0..cpus).map(|cpu| 1000 + cpu).collect();
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    good(
        "mapUpdate",
        map.update_bytes(&1u32.to_le_bytes(), &bytes, Update::Any),
    )?;
    same(
        "mapLookup",
        good("mapLookup", map.lookup_cpus::<u32, u64>(&1))?,
        values,
    )?;
    same(
        "mapLookupCpu(0)",
        good("mapLookupCpu", map.lookup_cpu::<u32, u64>(&1, 0))?,
        1000,
    )?;
    let far = map.lookup_cpu::<u32, u64>(&1, 1_000_000);
    code(
        "mapLookupCpu(1000000)",
        far,
        &[Code::Invalid, Code::NotFound],
    )?;
    Ok(Done::Ok)
}

fn perf(_: &mut State) -> Check {
    let spec = MapSpec {
        name: "conformance_perf",
        map_type: MapType::PerfEventArray,
        key_size: 4,
        value_size: 4,
        max_entries: 0,
    };
    let map = match Map::new(&spec) {
        Ok(map) => map,
        Err(_) => return Ok(Done::Skip),
    };
    let reader = match PerfReader::new(&map, 65536, true) {
        Ok(reader) => reader,
        Err(_) => return Ok(Done::Skip),
    };
    good("perfReaderPause", reader.pause())?;
    same(
        "perfReaderRead",
        good("perfReaderRead", reader.read(&mut [0u8; 64]))?,
        false,
    )?;
    good("perfReaderResume", reader.resume())?;
    good("perfReaderClose", reader.close())?;
    good("mapRelease", map.close())?;
    Ok(Done::Ok)
}
