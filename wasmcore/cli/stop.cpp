// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and the time limit of a run.
#include "stop.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

namespace wasmcore::cli {
namespace {

std::atomic<wasmcore_instance*> g_instance{nullptr};
static_assert(std::atomic<wasmcore_instance*>::is_always_lock_free, "a signal handler reads it");
volatile sig_atomic_t g_timed_out = 0;

void interrupt() {
  if (wasmcore_instance* instance = g_instance.load()) wasmcore_interrupt(instance);
}

void handle_interrupt(int signal) {
  interrupt();
  (void)std::signal(signal, SIG_DFL);
  // A guest that was about to wait in a system call gets there after this signal: the alarm wakes it up.
  (void)::alarm(1);
}

void handle_alarm(int) {
  g_timed_out = 1;
  interrupt();
  (void)::alarm(1);
}

// No SA_RESTART: a system call of the guest that waits must end.
void install(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  (void)sigaction(signal, &action, nullptr);
}

}  // namespace

StopScope::StopScope(wasmcore_instance* instance, int64_t timeout_ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  g_instance = instance;
  g_timed_out = 0;
  install(SIGINT, handle_interrupt);
  install(SIGALRM, handle_alarm);
  if (timeout_ns <= 0) return;
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(timeout_ns / kSecond);
  timer.it_value.tv_usec = static_cast<suseconds_t>(timeout_ns % kSecond / 1000);
  if (timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0) timer.it_value.tv_usec = 1;
  (void)::setitimer(ITIMER_REAL, &timer, nullptr);
}

StopScope::~StopScope() {
  itimerval none{};
  (void)::setitimer(ITIMER_REAL, &none, nullptr);
  (void)std::signal(SIGINT, SIG_DFL);
  (void)std::signal(SIGALRM, SIG_DFL);
  g_instance = nullptr;
}

bool StopScope::timed_out() {
  return g_timed_out != 0;
}

}  // namespace wasmcore::cli
