//! Subscriptions, and what the callbacks saw: it is reported when the run ends.

use crate::{bad, code, field, good, is, same, state, step, Check, Done, State};
use gadget::{Code, Data, DataArray, DataSource, Item, Packet, Text, Timer, View};
use std::cell::RefCell;
use std::fmt::Write;
use std::time::Duration;

/// What a callback came to: how often it was called, and what was wrong first.
#[derive(Clone, Default)]
struct Seen {
    calls: u32,
    why: Option<String>,
}

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = RefCell::new(vec![Seen::default(); crate::STEPS + 1]);
}

/// Counts a call for a step and returns how many there were before.
fn count(step: usize) -> u32 {
    SEEN.with(|seen| {
        let calls = &mut seen.borrow_mut()[step].calls;
        *calls += 1;
        *calls - 1
    })
}

fn note(step: usize, result: Result<(), String>) {
    if let Err(why) = result {
        SEEN.with(|seen| {
            seen.borrow_mut()[step].why.get_or_insert(why);
        });
    }
}

pub fn subscribe() {
    step(13, "subscribe", subscribe_each);
    step(14, "subscribe-batch", subscribe_batch);
    step(15, "output-mode", output_mode);
}

fn subscribe_each(state: &mut State) -> Check {
    let State { numbers, rows, .. } = *state;
    good("A", numbers.subscribe(-100, on_a))?;
    good("B", numbers.subscribe(-50, |_, data| on_b(data)))?;
    good("C", numbers.subscribe(200, |_, data| on_c(data)))?;
    good(
        "P",
        numbers.subscribe_packet(-200, |source, packet| note(41, on_p(source, packet))),
    )?;
    good(
        "Q",
        rows.subscribe_packet(-200, |_, packet| note(41, on_q(packet))),
    )?;
    good(
        "R",
        rows.subscribe_array(-100, |_, rows| note(42, on_r(rows))),
    )?;
    good("S", rows.subscribe(-50, |_, row| note(43, on_s(row))))?;
    good("T", rows.subscribe(100, |_, row| note(44, on_t(row))))?;
    let number = unsafe { gadget::raw::ig::data_source_subscribe(numbers.0, 9, 0, 1 << 40) };
    same("dataSourceSubscribe of type 9", number, 1)?;
    bad(
        "dataSourceSubscribe of type 2 on numbers",
        numbers.subscribe_array(0, |_, _| ()),
    )?;
    Ok(Done::Ok)
}

const FROM_ARRAYS: u32 = 100; // what a call of Q counts, besides those of P

fn on_p(source: DataSource, packet: Packet) -> Result<(), String> {
    let n = count(41) % FROM_ARRAYS;
    same(
        "sourceName",
        good("sourceName", source.name())?,
        "numbers".into(),
    )?;
    same(
        "u32",
        good("u32", field("u32").get::<u32>(packet.data()))?,
        Sent { n }.word(),
    )
}

fn on_q(packet: Packet) -> Result<(), String> {
    SEEN.with(|seen| seen.borrow_mut()[41].calls += FROM_ARRAYS);
    same("dataArrayLen", packet.rows().len(), 3)
}

/// What event `n` was sent with.
struct Sent {
    n: u32,
}

impl Sent {
    fn word(&self) -> u32 {
        4_000_000_000 + self.n
    }

    fn low(&self) -> u16 {
        self.word() as u16
    }

    fn check(&self, data: Data) -> Result<(), String> {
        let n = self.n;
        same("i8", good("i8", field("i8").get::<i8>(data))?, -1 - n as i8)?;
        same(
            "i16",
            good("i16", field("i16").get::<i16>(data))?,
            -300 - n as i16,
        )?;
        same(
            "i32",
            good("i32", field("i32").get::<i32>(data))?,
            -70000 - n as i32,
        )?;
        same(
            "i64",
            good("i64", field("i64").get::<i64>(data))?,
            -5_000_000_000 - i64::from(n),
        )?;
        same(
            "u8",
            good("u8", field("u8").get::<u8>(data))?,
            200 + n as u8,
        )?;
        same(
            "u16",
            good("u16", field("u16").get::<u16>(data))?,
            60000 + n as u16,
        )?;
        same(
            "u32",
            good("u32", field("u32").get::<u32>(data))?,
            self.word(),
        )?;
        let large = 18_000_000_000_000_000_000 + u64::from(n);
        same("u64", good("u64", field("u64").get::<u64>(data))?, large)?;
        same(
            "f32",
            good("f32", field("f32").get::<f32>(data))?,
            0.5 + n as f32,
        )?;
        same(
            "f64",
            good("f64", field("f64").get::<f64>(data))?,
            -0.25 - f64::from(n),
        )?;
        same("b", good("b", field("b").get::<bool>(data))?, n % 2 == 1)?;
        same(
            "text",
            good("text", field("text").string(data, 64))?,
            format!("text-{}", n),
        )?;
        let mut buffer = [0u8; 16];
        let bytes = good("bytes", field("bytes").bytes(data, &mut buffer))?;
        same("bytes", bytes, &[n as u8, 1, 2, 3, 4, 5, 6, 7])?;
        bad(
            "fieldGetBuffer of text to 4 bytes",
            field("text").bytes(data, &mut [0u8; 4]),
        )?;
        bad(
            "fieldGetScalar of u32 as u64",
            field("u32").get::<u64>(data),
        )
    }
}

const DROPPED: u32 = 2; // the event that A drops

fn on_a(_: DataSource, data: Data) {
    let sent = Sent { n: count(45) };
    note(45, sent.check(data));
    if sent.n == DROPPED {
        note(48, good("dataDrop", data.drop_event()));
        return;
    }
    count(46);
    note(46, write(data));
    count(47);
    note(47, lists(&sent, data));
}

fn write(data: Data) -> Result<(), String> {
    macro_rules! set {
        ($($name:literal $value:expr,)*) => { $(
            let value = $value;
            good(concat!("fieldSet ", $name), field($name).set(data, value))?;
            let got = good(concat!("fieldGetScalar ", $name), field($name).get(data))?;
            same($name, got, value)?;
        )* };
    }
    set! {
        "i8" -8i8, "i16" -16i16, "i32" -32i32, "i64" -64i64, "u8" 8u8, "u16" 16u16, "u64" 64u64,
        "f32" 1.5f32, "f64" 2.5f64, "b" true,
    }
    good("fieldSet text", field("text").set_text(data, "changed"))?;
    same(
        "text",
        good("text", field("text").string(data, 64))?,
        "changed".into(),
    )?;
    good(
        "fieldSet bytes",
        field("bytes").set_bytes(data, b"ABCDEFGH"),
    )?;
    let mut buffer = [0u8; 8];
    same(
        "bytes",
        good("bytes", field("bytes").bytes(data, &mut buffer))?,
        &b"ABCDEFGH"[..],
    )?;
    let added = state().added;
    good("fieldSet added", added.set(data, 8u64))?;
    same("added", good("added", added.get::<u64>(data))?, 8)?;
    bad("fieldSet of u32 as u64", field("u32").set(data, 1u64))?;
    bad(
        "fieldSet of bytes with 3 bytes",
        field("bytes").set_bytes(data, b"ABC"),
    )
}

fn lists(sent: &Sent, data: Data) -> Result<(), String> {
    let State { list, names, .. } = state();
    let wanted = [sent.low(), 1, 2];
    good("elementSet", list.set_all(data, &wanted))?;
    same("fieldLength", good("fieldLength", list.len(data))?, 3)?;
    for (index, value) in wanted.into_iter().enumerate() {
        same(
            "elementGet",
            good("elementGet", list.get_at::<u16>(data, index as u32))?,
            value,
        )?;
    }
    code(
        "elementGet(3)",
        list.get_at::<u16>(data, 3),
        &[Code::Invalid, Code::NotFound],
    )?;
    good("elementSetBuffer", names.set_all_texts(data, &["a", "bb"]))?;
    let mut buffer = [0u8; 16];
    same(
        "names",
        good("names", names.text_at(data, 0, &mut buffer))?.as_ref(),
        "a",
    )?;
    same(
        "names",
        good("names", names.text_at(data, 1, &mut buffer))?.as_ref(),
        "bb",
    )?;
    code(
        "fieldSetLength(70000)",
        list.set_len(data, 70000),
        &[Code::Limit, Code::Invalid],
    )?;
    bad("fieldSetLength(u32, 2)", field("u32").set_len(data, 2))
}

fn on_b(data: Data) {
    count(48);
    let text = good("text", field("text").string(data, 64));
    note(
        48,
        text.and_then(|text| same("text that B sees", text, "changed".into())),
    );
}

fn on_c(data: Data) {
    let index = count(50);
    let check = || {
        let (number, text) = if index == 0 {
            (5, "from batch")
        } else {
            (4_000_000_003, "changed")
        };
        same(
            "u32 that C sees",
            good("u32", field("u32").get::<u32>(data))?,
            number,
        )?;
        same(
            "text that C sees",
            good("text", field("text").string(data, 64))?,
            text.to_string(),
        )?;
        same(
            "i8 that C sees",
            good("i8", field("i8").get::<i8>(data))?,
            -8,
        )
    };
    note(50, check());
}

fn subscribe_batch(state: &mut State) -> Check {
    let State {
        numbers,
        added,
        list,
        ..
    } = *state;
    let mut view = View::new(numbers);
    let number = view.writable_number::<u32>(field("u32"));
    let text = view.writable_text(field("text"));
    let small = view.number::<i8>(field("i8"));
    let float = view.number::<f64>(field("f64"));
    let flag = view.number::<bool>(field("b"));
    let bytes = view.text(field("bytes"));
    let added = view.number::<u64>(added);
    let list = view.text(list);

    let on_d = move |batch: &gadget::Batch| {
        let (number, text) = (batch.reader(number), batch.reader(text));
        let (small, float, flag) = (batch.reader(small), batch.reader(float), batch.reader(flag));
        let (bytes, added, list) = (batch.reader(bytes), batch.reader(added), batch.reader(list));
        for record in batch.records() {
            let index = count(49);
            let sent = Sent {
                n: if index < DROPPED { index } else { index + 1 },
            };
            let check = || {
                same("u32", record.get(number), sent.word())?;
                same("text", record.text(text).as_ref(), "changed")?;
                same("i8", record.get(small), -8)?;
                same("f64", record.get(float), 2.5)?;
                same("b", record.get(flag), true)?;
                same("bytes", record.bytes(bytes), b"ABCDEFGH")?;
                same("added", record.get(added), 8)?;
                same(
                    "list",
                    record.elements::<u16>(list).collect(),
                    vec![sent.low(), 1, 2],
                )?;
                is("a record that is not cut", !record.is_cut())
            };
            note(49, check());
            match sent.n {
                0 => {
                    record.set(number, 5);
                    record.set_text(text, "from batch");
                }
                1 => record.drop_event(),
                _ => {
                    record.set(number, 6);
                    record.discard_changes();
                }
            }
        }
    };
    good("subscribeBatch", view.subscribe(100, 8192, on_d))?;

    let mut nothing = View::new(numbers);
    let _ = nothing.number::<u32>(crate::NONE);
    code(
        "a view of field 0",
        nothing.subscribe(100, 8192, |_| ()),
        &[Code::BadHandle],
    )?;
    let mut little = View::new(numbers);
    let _: gadget::Column<Text> = little.text(field("text"));
    code(
        "a buffer of 16 bytes",
        little.subscribe(100, 16, |_| ()),
        &[Code::TooSmall],
    )?;
    Ok(Done::Ok)
}

fn output_mode(state: &mut State) -> Check {
    let mode = state
        .numbers
        .add_output_mode("conformance", |out, item| -> Result<(), String> {
            match item {
                Item::Data(data) => {
                    let number = good("u32", field("u32").get::<u32>(data))?;
                    let text = good("text", field("text").string(data, 64))?;
                    good("outputWrite", writeln!(out, "event {} {}", number, text))
                }
                Item::Array(_) => Ok(()),
                Item::End => good("outputWrite", writeln!(out, "end")),
            }
        });
    good("outputModeAdd", mode)?;
    let text = 1 << 32 | "x".as_ptr() as usize as u64;
    let number = unsafe { gadget::raw::v2::output_write(text) };
    same("outputWrite", Code::from(number), Code::State)?;
    Ok(Done::Ok)
}

fn on_r(rows: DataArray) -> Result<(), String> {
    count(42);
    let State { id, name, .. } = state();
    same("dataArrayLen", rows.len(), 3)?;
    for (index, row) in rows.iter().enumerate() {
        let number = 10 + index as u32;
        same("id", good("id", id.get::<u32>(row))?, number)?;
        same(
            "name",
            good("name", name.string(row, 64))?,
            format!("row-{}", number),
        )?;
    }
    let push = rows.push(|row| {
        id.set(row, 99u32)?;
        name.set_text(row, "row-99")
    });
    good("dataArrayAppend", push)?;
    same("dataArrayLen", rows.len(), 4)
}

fn on_s(row: Data) -> Result<(), String> {
    let index = count(43) as usize;
    let number = good("id", state().id.get::<u32>(row))?;
    same("id", Some(&number), [10, 11, 12, 99].get(index))?;
    if number == 11 {
        good("dataDrop", row.drop_event())?;
    }
    Ok(())
}

fn on_t(row: Data) -> Result<(), String> {
    let index = count(44) as usize;
    let number = good("id", state().id.get::<u32>(row))?;
    same("id", Some(&number), [10, 12, 99].get(index))
}

pub fn start_timers() {
    step(40, "timer-start", |_| {
        let once = Timer::once(Duration::from_millis(1), || {
            count(51);
        });
        good("timerStart", once)?.keep();
        let long = Timer::every(Duration::from_secs(3600), || ());
        good("release", good("timerStart", long)?.stop())?;
        Ok(Done::Ok)
    });
}

/// Steps 41 to 51: how often each callback was to be called.
pub fn report() {
    const CALLS: [(u32, &str, u32); 11] = [
        (41, "packet", 4 + FROM_ARRAYS),
        (42, "array", 1),
        (43, "row", 4),
        (44, "row-drop", 3),
        (45, "read", 4),
        (46, "write", 3),
        (47, "lists", 3),
        (48, "drop", 3),
        (49, "batch", 3),
        (50, "batch-write", 2),
        (51, "timer", 1),
    ];
    for (number, name, calls) in CALLS {
        step(number, name, |_| {
            let seen = SEEN.with(|seen| seen.borrow()[number as usize].clone());
            match seen.why {
                Some(why) => Err(why),
                None => same("the number of calls", seen.calls, calls).map(|()| Done::Ok),
            }
        });
    }
}
