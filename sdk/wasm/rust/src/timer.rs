//! Timers.

use crate::callback::{self, Closure, Outcome};
use crate::error::{check, Result};
use crate::raw::{code, v2};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// A timer. It is stopped when it is dropped; [`keep`](Self::keep) lets it go on.
///
/// ```no_run
/// use gadget::Timer;
/// use std::time::Duration;
///
/// fn start() -> gadget::Result<()> {
///     let mut seconds = 0;
///     Timer::every(Duration::from_secs(1), move || {
///         seconds += 1;
///         gadget::info!("{} s", seconds);
///     })?.keep();
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Timer {
    timer: Handle,
    callback: u64,
    is_kept: bool,
}

const ONCE: u32 = 1;

// The host's handle, 0 when the timer is over; shared by its owner and its closure.
#[derive(Clone, Debug, Default)]
struct Handle(Rc<Cell<u32>>);

impl Handle {
    // Gives it back to the host, unless that was done.
    fn release(&self) -> u32 {
        match self.0.replace(0) {
            0 => code::OK,
            handle => unsafe { v2::release(handle) },
        }
    }
}

impl Timer {
    /// Calls `callback` in this interval, at least a millisecond, from `start` on. *(v2)*
    pub fn every<F, R>(interval: Duration, callback: F) -> Result<Timer>
    where
        F: FnMut() -> R + 'static,
        R: Outcome,
    {
        Timer::start(interval, 0, callback)
    }

    /// Calls `callback` once, after this time. *(v2)*
    pub fn once<F, R>(after: Duration, callback: F) -> Result<Timer>
    where
        F: FnMut() -> R + 'static,
        R: Outcome,
    {
        Timer::start(after, ONCE, callback)
    }

    fn start<F, R>(interval: Duration, flags: u32, mut callback: F) -> Result<Timer>
    where
        F: FnMut() -> R + 'static,
        R: Outcome,
    {
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        let timer = Handle::default();
        let own = timer.clone();
        let once = flags == ONCE;
        let call = move || {
            if once {
                own.release(); // of no use any more
            }
            callback().into_error()
        };
        let callback = callback::register(
            Closure::Timer {
                call: Box::new(call),
                once,
            },
            |id| {
                let mut handle = 0;
                check(unsafe { v2::timer_start(interval, flags, id, &mut handle) })?;
                timer.0.set(handle);
                Ok(())
            },
        )?;
        Ok(Timer {
            timer,
            callback,
            is_kept: false,
        })
    }

    /// Stops it, as dropping it does. One that is over already is no error. *(v2)*
    pub fn stop(mut self) -> Result<()> {
        self.is_kept = true; // nothing is left for drop
        callback::unregister(self.callback);
        check(self.timer.release())
    }

    /// Does not stop it any more.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if !self.is_kept {
            callback::unregister(self.callback);
            self.timer.release();
        }
    }
}
