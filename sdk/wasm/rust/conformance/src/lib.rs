//! The conformance module in Rust: see ../../conformance.md, whose numbers the steps have.

mod callbacks;
mod fields;
mod machine;
mod maps;
mod packets;

use gadget::{Code, DataSource, Field, Kind};
use std::cell::RefCell;
use std::fmt::Display;

/// What a step came to.
pub enum Done {
    Ok,
    Skip,
}

/// Of a step: what was wrong is a message.
pub type Check = Result<Done, String>;

pub const STEPS: usize = 51;

/// Fields of `numbers`, in order.
pub const NUMBERS: [(&str, Kind, u32); 13] = [
    ("i8", Kind::Int8, 1),
    ("i16", Kind::Int16, 2),
    ("i32", Kind::Int32, 4),
    ("i64", Kind::Int64, 8),
    ("u8", Kind::Uint8, 1),
    ("u16", Kind::Uint16, 2),
    ("u32", Kind::Uint32, 4),
    ("u64", Kind::Uint64, 8),
    ("f32", Kind::Float32, 4),
    ("f64", Kind::Float64, 8),
    ("b", Kind::Bool, 1),
    ("text", Kind::CString, 0),
    ("bytes", Kind::Bytes, 0),
];

pub const NONE: Field = Field(0);

/// What steps leave to later ones.
#[derive(Clone, Copy)]
pub struct State {
    pub numbers: DataSource,
    pub rows: DataSource,
    pub results: DataSource,
    pub table: DataSource,
    pub hidden: DataSource,
    pub fields: [Field; 13], // as in NUMBERS
    pub id: Field,
    pub name: Field,
    pub result: [Field; 4], // step, name, ok, why
    pub value: Field,
    pub x: Field,
    pub added: Field,
    pub list: Field,
    pub names: Field,
    pub gone: Field,
}

struct Report {
    step: u32,
    name: &'static str,
    skipped: bool,
    why: String,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State {
        numbers: DataSource(0),
        rows: DataSource(0),
        results: DataSource(0),
        table: DataSource(0),
        hidden: DataSource(0),
        fields: [NONE; 13],
        id: NONE,
        name: NONE,
        result: [NONE; 4],
        value: NONE,
        x: NONE,
        added: NONE,
        list: NONE,
        names: NONE,
        gone: NONE,
    });
    static REPORTS: RefCell<Vec<Report>> = RefCell::new(Vec::new());
}

/// A copy of what earlier steps left.
pub fn state() -> State {
    STATE.with(|state| *state.borrow())
}

pub fn field(name: &str) -> Field {
    let index = NUMBERS.iter().position(|(other, _, _)| *other == name);
    state().fields[index.unwrap_or(0)]
}

/// Does a step; the next one is done whatever comes of it.
pub fn step(step: u32, name: &'static str, work: impl FnOnce(&mut State) -> Check) {
    let mut state = state();
    let check = work(&mut state);
    STATE.with(|kept| *kept.borrow_mut() = state);
    let skipped = matches!(check, Ok(Done::Skip));
    match &check {
        Ok(Done::Ok) => gadget::info!("{} {} ok", step, name),
        Ok(Done::Skip) => gadget::info!("{} {} skip", step, name),
        Err(why) => gadget::info!("{} {} FAIL: {}", step, name, why),
    }
    let why = check.err().unwrap_or_default();
    REPORTS.with(|reports| {
        reports.borrow_mut().push(Report {
            step,
            name,
            skipped,
            why,
        })
    });
}

/// Wrong unless it is true.
pub fn is(what: &str, good: bool) -> Result<(), String> {
    if good {
        return Ok(());
    }
    Err(format!("{} is not so", what))
}

pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    Err(format!("{} is {:?}, not {:?}", what, got, want))
}

/// The value of what must work.
pub fn good<T, E: Display>(what: &str, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("{} failed: {}", what, error))
}

/// What must fail.
pub fn bad<T>(what: &str, result: gadget::Result<T>) -> Result<(), String> {
    match result {
        Ok(_) => Err(format!("{} worked", what)),
        Err(_) => Ok(()),
    }
}

/// What must fail with one of some codes.
pub fn code<T>(what: &str, result: gadget::Result<T>, wanted: &[Code]) -> Result<(), String> {
    match result {
        Ok(_) => Err(format!("{} worked", what)),
        Err(error) if wanted.contains(&error.code) => Ok(()),
        Err(error) => Err(format!(
            "{} gives {:?} ({}), not {:?}",
            what, error.code, error, wanted
        )),
    }
}

fn init() -> gadget::Result<()> {
    fields::init();
    callbacks::subscribe();
    fields::late_init();
    machine::init();
    Ok(())
}

fn pre_start() -> gadget::Result<()> {
    fields::pre_start();
    packets::pre_start();
    Ok(())
}

fn start() -> gadget::Result<()> {
    fields::start();
    maps::start();
    packets::start();
    callbacks::start_timers();
    Ok(())
}

fn stop() -> gadget::Result<()> {
    callbacks::report();
    let State {
        results, result, ..
    } = state();
    let [step, name, ok, why] = result;
    for report in REPORTS.with(|reports| reports.take()) {
        let packet = results.new_packet()?;
        let data = packet.data();
        step.set(data, report.step)?;
        let skip = if report.skipped { " (skip)" } else { "" };
        name.set_text(data, &format!("{}{}", report.name, skip))?;
        ok.set(data, report.why.is_empty())?;
        why.set_text(data, &report.why)?;
        packet.emit()?;
    }
    Ok(())
}

// Lifecycle functions that a host must be able to call; what they do is told by the steps.
gadget::module! { init: init, pre_start: pre_start, start: start, stop: stop, post_stop: || gadget::Result::Ok(()) }
