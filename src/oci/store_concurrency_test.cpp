// Many processes at one store, killed at any moment: what resolves is complete, and what they leave behind
// goes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "base/log.hpp"
#include "oci/test_support.hpp"

namespace gadgetry::oci {
namespace {

using std::chrono::milliseconds;

constexpr int kNames = 4;

std::string name_of(unsigned number) {
  return "gadget" + std::to_string(number % kNames);
}

// Builds, tags and removes at random; ends with status 1 when something is wrong that no other process can
// cause.
int churn(const std::string& path, unsigned seed, int rounds) {
  std::minstd_rand random(seed);
  auto store = LayoutStore::open(path, OpenMode::kCreate);
  if (!store.ok()) return 1;
  for (int round = 0; rounds == 0 || round < rounds; ++round) {
    Reference name = as_ref(name_of(static_cast<unsigned>(random())));
    switch (random() % 4) {
      case 0:
      case 1:
        if (!build_image(*store, name, sample_input(std::to_string(random() % 6))).ok()) return 2;
        break;
      case 2: {
        auto removed = store->remove(name);
        if (!removed.ok() && removed.error().kind != base::ErrorKind::kNotFound) return 3;
        break;
      }
      default: {
        auto image = load_image(*store, name, "amd64");
        bool absent = !image.ok() && image.error().message.find("not in") != std::string::npos;
        if (!image.ok() && !absent) {
          base::log_error(image.error().text());
          return 4;
        }
        if (image.ok() && image->ebpf.substr(4) != image->wasm.substr(5)) return 5;
        break;
      }
    }
  }
  return 0;
}

void expect_sound(const std::string& path) {
  auto store = LayoutStore::open(path, OpenMode::kCreate);
  ASSERT_TRUE(store.ok()) << store.error().text();
  auto images = store->list();
  ASSERT_TRUE(images.ok()) << images.error().text();
  std::vector<Descriptor> roots;
  for (const StoredImage& image : *images) {
    for (const char* arch : {"amd64", "arm64"}) {
      auto loaded = load_image(*store, image, arch);
      EXPECT_TRUE(loaded.ok()) << loaded.error().text();
    }
    roots.push_back(image.descriptor);
  }
  ASSERT_TRUE(store->collect_garbage().ok());
  auto used = closure(*store, roots);
  ASSERT_TRUE(used.ok()) << used.error().text();
  EXPECT_EQ(count_files(path + "/blobs/sha256"), used->size()) << "something was left behind";
  EXPECT_EQ(count_files(path), 5u) << "oci-layout, index.json, two lock files, blobs";
}

TEST(StoreConcurrency, ManyProcesses) {
  TestFolder folder;
  std::vector<pid_t> children;
  for (unsigned i = 0; i < 4; ++i) {
    pid_t child = ::fork();
    if (child == 0) ::_exit(churn(folder / "s", i + 1, 60));
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }
  expect_sound(folder / "s");
}

TEST(StoreConcurrency, KilledAtAnyMoment) {
  TestFolder folder;
  std::minstd_rand random(7);
  for (unsigned round = 0; round < 40; ++round) {
    std::vector<pid_t> children;
    for (unsigned i = 0; i < 3; ++i) {
      pid_t child = ::fork();
      if (child == 0) ::_exit(churn(folder / "s", 100 * round + i, 0));
      children.push_back(child);
    }
    std::this_thread::sleep_for(milliseconds(1 + random() % 60));
    for (pid_t child : children) {
      ::kill(child, SIGKILL);
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFSIGNALED(status)) << "a child found something wrong: status " << status;
    }
    if (round % 8 == 7) expect_sound(folder / "s");
    if (HasFailure()) break;
  }
  expect_sound(folder / "s");
}

}  // namespace
}  // namespace gadgetry::oci
