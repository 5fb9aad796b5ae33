#include "sys/event_loop.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace gadgetry::sys {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    read_end.reset(fds[0]);
    write_end.reset(fds[1]);
  }
  void put() { ASSERT_EQ(write(write_end.get(), "x", 1), 1); }
  base::Fd read_end;
  base::Fd write_end;
};

std::unique_ptr<EventLoop> make() {
  auto loop = EventLoop::create();
  EXPECT_TRUE(loop.ok());
  return std::move(*loop);
}

TEST(EventLoop, CallsBackForDescriptors) {
  auto loop = make();
  Pipe pipe;
  int calls = 0;
  ASSERT_TRUE(loop->add_fd(pipe.read_end.get(),
                           [&](uint32_t events) {
                             EXPECT_NE(events & EPOLLIN, 0u);
                             char c;
                             EXPECT_EQ(read(pipe.read_end.get(), &c, 1), 1);
                             calls++;
                           })
                  .ok());
  EXPECT_EQ(*loop->run_once(0), 0);
  pipe.put();
  EXPECT_EQ(*loop->run_once(1000), 1);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(loop->add_fd(pipe.read_end.get(), [](uint32_t) {}).ok()) << "twice";
  EXPECT_FALSE(loop->add_fd(-1, [](uint32_t) {}).ok());
  loop->remove_fd(pipe.read_end.get());
  loop->remove_fd(pipe.read_end.get());
  pipe.put();
  EXPECT_EQ(*loop->run_once(0), 0);
}

TEST(EventLoop, CallbacksMayRemoveEachOther) {
  auto loop = make();
  Pipe pipes[2];
  int calls = 0;
  for (int i = 0; i < 2; i++) {
    ASSERT_TRUE(loop->add_fd(pipes[i].read_end.get(),
                             [&](uint32_t) {
                               calls++;
                               loop->remove_fd(pipes[0].read_end.get());
                               loop->remove_fd(pipes[1].read_end.get());
                             })
                    .ok());
    pipes[i].put();
  }
  EXPECT_EQ(*loop->run_once(1000), 1);
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, Timers) {
  auto loop = make();
  int ticks = 0;
  int timer = -1;
  auto added = loop->add_timer(1'000'000, [&] {
    if (++ticks == 3) {
      loop->remove_timer(timer);
      loop->stop();
    }
  });
  ASSERT_TRUE(added.ok());
  timer = *added;
  EXPECT_TRUE(loop->run().ok());
  EXPECT_EQ(ticks, 3);
  EXPECT_EQ(*loop->run_once(5), 1) << "the wake-up of stop()";
  EXPECT_EQ(*loop->run_once(5), 0);
  EXPECT_FALSE(loop->add_timer(0, [] {}).ok());
}

TEST(EventLoop, Signals) {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    auto loop = make();
    int seen = 0;
    ASSERT_TRUE(loop->add_signals({SIGINT, SIGWINCH}, [&](int number) { seen = number; }).ok());
    ASSERT_TRUE(raise(SIGINT) == 0);
    EXPECT_EQ(*loop->run_once(1000), 1);
    EXPECT_EQ(seen, SIGINT);
    raise(SIGWINCH);
    EXPECT_EQ(*loop->run_once(1000), 1);
    EXPECT_EQ(seen, SIGWINCH);
    EXPECT_FALSE(loop->add_signals({SIGTERM}, [](int) {}).ok());
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
}

TEST(EventLoop, StopsFromAnotherThread) {
  auto loop = make();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    loop->stop();
  });
  EXPECT_TRUE(loop->run().ok());
  other.join();
  EXPECT_TRUE(loop->stopped());
}

}  // namespace
}  // namespace gadgetry::sys
