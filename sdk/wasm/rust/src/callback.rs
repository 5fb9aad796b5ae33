//! The closures that the host calls.
//!
//! A module has one thread, but the host may call it while it calls the host: a callback emits an event that another
//! callback sees. So a closure is taken out of the table while it runs, and no reference into the table outlives a
//! call.

use crate::error::Result;
use crate::source::DataSource;
use std::cell::UnsafeCell;
use std::fmt::Display;

/// What a callback may return: nothing, or a `Result` whose error is logged.
pub trait Outcome {
    /// The message, if it is an error.
    fn into_error(self) -> Option<String>;
}

impl Outcome for () {
    #[inline]
    fn into_error(self) -> Option<String> {
        None
    }
}

impl<E: Display> Outcome for std::result::Result<(), E> {
    #[inline]
    fn into_error(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}

type DataClosure = dyn FnMut(DataSource, u32) -> Option<String>;
type BatchClosure = dyn FnMut(&BatchCall) -> Option<String>;
type OutputClosure = dyn FnMut(u32, bool) -> Option<String>;
type TimerClosure = dyn FnMut() -> Option<String>;

pub(crate) struct BatchCall {
    pub source: DataSource,
    pub records: *mut u8,
    pub count: u32,
}

pub(crate) enum Closure {
    Data(Box<DataClosure>),
    Batch(Box<BatchClosure>),
    Output(Box<OutputClosure>),
    Timer { call: Box<TimerClosure>, once: bool },
}

enum Slot {
    Here(Closure),
    Running,
    Gone,
}

struct Entry {
    slot: Slot,
    generation: u32, // an id of an earlier one is none of this
    errors: u32,
}

struct Entries {
    all: Vec<Entry>,
    free: Vec<usize>,
}

impl Entries {
    // The host gets generation << 32 | index + 1.
    #[inline]
    fn get(&mut self, id: u64) -> Option<&mut Entry> {
        let entry = self.all.get_mut((id as u32 as usize).wrapping_sub(1))?;
        if entry.generation != (id >> 32) as u32 {
            return None;
        }
        Some(entry)
    }

    fn add(&mut self, closure: Closure) -> u64 {
        let index = self.free.pop().unwrap_or(self.all.len());
        if index == self.all.len() {
            self.all.push(Entry {
                slot: Slot::Gone,
                generation: 0,
                errors: 0,
            });
        }
        let entry = &mut self.all[index];
        entry.slot = Slot::Here(closure);
        entry.errors = 0;
        u64::from(entry.generation) << 32 | (index as u64 + 1)
    }

    fn remove(&mut self, id: u64) -> Option<Slot> {
        let entry = self.get(id)?;
        entry.generation = entry.generation.wrapping_add(1);
        let slot = std::mem::replace(&mut entry.slot, Slot::Gone);
        self.free.push(id as u32 as usize - 1);
        Some(slot)
    }
}

struct Table(UnsafeCell<Entries>);
// Sound because modules of gadgets have one thread.
unsafe impl Sync for Table {}
static TABLE: Table = Table(UnsafeCell::new(Entries {
    all: Vec::new(),
    free: Vec::new(),
}));

// Runs a short piece of code on the table. It must not call the host or a closure.
#[inline]
fn with<T>(work: impl FnOnce(&mut Entries) -> T) -> T {
    unsafe { work(&mut *TABLE.0.get()) }
}

pub(crate) fn register(closure: Closure, tell_host: impl FnOnce(u64) -> Result<()>) -> Result<u64> {
    let id = with(|table| table.add(closure));
    match tell_host(id) {
        Ok(()) => Ok(id),
        Err(error) => {
            unregister(id);
            Err(error)
        }
    }
}

// A closure that runs is freed when it returns.
pub(crate) fn unregister(id: u64) {
    let gone = with(|table| table.remove(id));
    drop(gone); // here: it may own timers, which come back to the table
}

#[inline]
fn take(id: u64) -> Option<Closure> {
    let slot = with(|table| {
        let entry = table.get(id)?;
        Some(std::mem::replace(&mut entry.slot, Slot::Running))
    });
    match slot {
        Some(Slot::Here(closure)) => Some(closure),
        Some(Slot::Running) => {
            report(
                id,
                "it emits events that it gets itself; those are not looked at".to_string(),
            );
            None
        }
        _ => None,
    }
}

#[inline]
fn give_back(id: u64, closure: Closure, error: Option<String>) {
    let mut closure = Some(closure);
    with(|table| {
        if let Some(entry) = table.get(id) {
            if let Some(closure) = closure.take() {
                // not by assignment, which would look for something to drop
                unsafe { std::ptr::write(&mut entry.slot, Slot::Here(closure)) };
            }
        }
    });
    drop(closure); // was unregistered meanwhile
    if let Some(error) = error {
        report(id, error);
    }
}

const LOGGED_ERRORS: u32 = 10;

#[cold]
fn report(id: u64, error: String) {
    let count = with(|table| match table.get(id) {
        Some(entry) => {
            entry.errors = entry.errors.saturating_add(1);
            entry.errors
        }
        None => 0,
    });
    if (1..=LOGGED_ERRORS).contains(&count) {
        crate::warn!("callback {}: {}", id, error);
    }
    if count == LOGGED_ERRORS {
        crate::warn!("callback {}: no more of its errors are logged", id);
    }
}

#[inline]
pub(crate) fn run_data(id: u64, source: DataSource, handle: u32) {
    if let Some(mut closure) = take(id) {
        let error = match &mut closure {
            Closure::Data(call) => call(source, handle),
            _ => None,
        };
        give_back(id, closure, error);
    }
}

pub(crate) fn run_batch(id: u64, batch: &BatchCall) {
    if let Some(mut closure) = take(id) {
        let error = match &mut closure {
            Closure::Batch(call) => call(batch),
            _ => None,
        };
        give_back(id, closure, error);
    }
}

pub(crate) fn run_output(id: u64, handle: u32, end: bool) {
    if let Some(mut closure) = take(id) {
        let error = match &mut closure {
            Closure::Output(call) => call(handle, end),
            _ => None,
        };
        give_back(id, closure, error);
    }
}

pub(crate) fn run_timer(id: u64) {
    if let Some(mut closure) = take(id) {
        let error = match &mut closure {
            Closure::Timer { call, once } => {
                if *once {
                    unregister(id);
                }
                call()
            }
            _ => None,
        };
        give_back(id, closure, error);
    }
}
