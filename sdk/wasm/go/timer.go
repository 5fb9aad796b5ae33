//go:build wasm

package gadget

import (
	"time"
	"unsafe"
)

// Timer is a timer that goes until it is stopped, or has been called if it is for once.
type Timer struct {
	handle   uint32 // 0: over
	callback uint64
	call     func()
	once     bool
}

const timerOnce = 1

// Every calls callback in this interval, at least a millisecond, from gadgetStart on. (v2)
func Every(interval time.Duration, callback func()) (*Timer, error) {
	return startTimer(interval, 0, callback)
}

// After calls callback once, after this time. (v2)
func After(delay time.Duration, callback func()) (*Timer, error) {
	return startTimer(delay, timerOnce, callback)
}

func startTimer(interval time.Duration, flags uint32, callback func()) (*Timer, error) {
	timer := &Timer{call: callback, once: flags == timerOnce}
	timer.callback = register(timer.fire)
	err := check(v2TimerStart(uint64(max(interval, 0)), flags, timer.callback, unsafe.Pointer(&timer.handle)))
	if err != nil {
		unregister(timer.callback)
		return nil, err
	}
	return timer, nil
}

func (t *Timer) fire() {
	if t.once {
		_ = t.Stop() // its handle is of no use any more
	}
	t.call()
}

// Stop stops it. One that is over already is no error. (v2)
func (t *Timer) Stop() error {
	if t.handle == 0 {
		return nil
	}
	handle := t.handle
	t.handle = 0
	unregister(t.callback)
	return check(v2Release(handle))
}
