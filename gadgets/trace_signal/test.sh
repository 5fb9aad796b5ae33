#!/bin/bash
# Signals that arrive, that do not, and those nobody called kill for.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
victims() {
  sleep 60 &
  victim=$!
  # not before it is a program of its own: a signal to this shell's child would run our clean-up
  until grep -q sleep "/proc/$victim/comm"; do sleep 0.05; done
  kill -USR1 "$victim"
  wait "$victim" 2>/dev/null || true
  kill -0 $$
  kill -TERM 4194303 2>/dev/null || true # beyond the highest pid
  kill -0 -- -4194303 2>/dev/null || true # a group
}

start_gadget trace_signal -o json
victims
perl -e 'alarm 1; sleep 5' || true
sleep 0.3
stop_gadget
expect_event ".sig == \"SIGUSR1\" and .sig_raw == 10 and .tpid == $victim and .proc.pid == $$ and .error == \"\""
expect_event ".sig == \"SIGCHLD\" and .tpid == $$ and .proc.pid == $victim"
expect_event ".sig_raw == 0 and .tpid == $$ and .proc.pid == $$"
expect_event '.sig == "SIGTERM" and .tpid == 4194303 and .error == "ESRCH"'
expect_event '.tpid == -4194303 and .error == "ESRCH"'
expect_event '.sig == "SIGALRM"'
[ "$(jq -c "select(.sig == \"SIGUSR1\" and .proc.pid == $$)" "$work/out" | wc -l)" = 1 ] || fail "one signal is not one event"

start_gadget trace_signal -o json --kill-only --pid $$
victims
sleep 0.3
stop_gadget
expect_event ".sig == \"SIGUSR1\" and .tpid == $victim"
expect_no_event '.sig == "SIGCHLD"'

start_gadget trace_signal -o json --failed --pid $$
victims
sleep 0.3
stop_gadget
expect_event '.sig == "SIGTERM" and .error == "ESRCH"'
expect_no_event '.error == ""'

start_gadget trace_signal -o json --signal 10
victims
sleep 0.3
stop_gadget
expect_event '.sig == "SIGUSR1"'
expect_no_event '.sig != "SIGUSR1"'
