// Uprobes of all kinds, in functions and probes of this very program, through overlays, in other processes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>

#include "../../tests/data/usdt_probe.h"
#include "bpf/attach_uprobe.hpp"
#include "bpf/run_test_util.hpp"

USDT_SEMAPHORE(gadgetry_hit_semaphore);

extern "C" {
__attribute__((noinline, used)) int gadgetry_user_one() {
  asm volatile("");
  return 1;
}
__attribute__((noinline, used)) int gadgetry_user_two() {
  asm volatile("");
  return 20;
}
__attribute__((noinline, used)) int gadgetry_user_three() {
  asm volatile("");
  return 300;
}
}

namespace gadgetry::bpf {
namespace {

using ::testing::HasSubstr;

enum Counter : uint32_t {
  kUprobe,
  kMulti,
  kMultiReturn,
  kUsdt,
  kUsdtNumber,
  kUsdtWide,
  kUsdtCount,
  kSession
};

__attribute__((noinline)) void hit(int number, int64_t wide) {
  USDT_PROBE(gadgetry, hit, gadgetry_hit_semaphore, number, wide);
}

class UserProbeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GADGETRY_NEEDS_ROOT();
    object_ = testing::open_object("user_probes");
    ASSERT_NE(object_, nullptr);
  }
  // Attaches this program only.
  base::Result<Attachments> attach(const std::string& program, const std::string& target = {},
                                   AttachOptions options = {}) {
    std::vector<AttachTarget> targets;
    bpf_program* other = nullptr;
    bpf_object__for_each_program(other, object_.get()) {
      bool is_it = program == bpf_program__name(other);
      targets.push_back(
          {.program = bpf_program__name(other), .target = is_it ? target : "", .disabled = !is_it});
    }
    if (!loaded_) {
      GADGETRY_TRY(load(object_.get(), {}));
      loaded_ = true;
    }
    return Attachments::open(object_.get(), targets, std::move(options));
  }
  uint64_t count(uint32_t index) {
    uint64_t value = 0;
    EXPECT_EQ(bpf_map_lookup_elem(testing::map_fd(object_, "counts"), &index, &value), 0);
    return value;
  }
  testing::ObjectHandle object_;
  bool loaded_ = false;
};

bool kernel_has(const char* section) {
  return probe_uprobe_multi(*find_family(section)).ok();
}

TEST_F(UserProbeTest, OneLinkForManyFunctions) {
  if (!kernel_has("uprobe.multi")) GTEST_SKIP() << "this kernel has no uprobe.multi";
  {
    auto links = attach("on_multi");
    ASSERT_TRUE(links.ok()) << links.error().text();
    EXPECT_EQ(links->size(), 1u);
    gadgetry_user_one();
    gadgetry_user_two();
    gadgetry_user_three();
    EXPECT_EQ(count(kMulti), 3u);
  }
  gadgetry_user_one();
  EXPECT_EQ(count(kMulti), 3u);
  auto links = attach("on_multi_return");
  ASSERT_TRUE(links.ok()) << links.error().text();
  gadgetry_user_one();
  gadgetry_user_two();
  gadgetry_user_three();
  EXPECT_EQ(count(kMultiReturn), 21u);
}

TEST_F(UserProbeTest, SessionsSeeEntryAndReturn) {
  if (!kernel_has("uprobe.session")) GTEST_SKIP() << "this kernel has no uprobe.session";
  auto links = attach("on_session");
  ASSERT_TRUE(links.ok()) << links.error().text();
  gadgetry_user_one();
  EXPECT_EQ(count(kSession), 2u);
}

TEST_F(UserProbeTest, ProbesOfProgramsTellTheirArguments) {
  EXPECT_EQ(gadgetry_hit_semaphore, 0);
  {
    auto links = attach("on_usdt");
    ASSERT_TRUE(links.ok()) << links.error().text();
    EXPECT_EQ(gadgetry_hit_semaphore, 1);
    hit(-3, int64_t{1} << 40);
    hit(-4, 7);
  }
  EXPECT_EQ(gadgetry_hit_semaphore, 0);
  hit(1, 1);
  EXPECT_EQ(count(kUsdt), 2u);
  EXPECT_EQ(static_cast<int64_t>(count(kUsdtNumber)), -7);
  EXPECT_EQ(count(kUsdtWide), (uint64_t{1} << 40) + 7);
  EXPECT_EQ(count(kUsdtCount), 4u);
}

TEST_F(UserProbeTest, ErrorsSayWhatIsThere) {
  auto error = [&](const char* program, const char* target) {
    auto links = attach(program, target);
    return links.ok() ? "(it was attached)" : links.error().text();
  };
  EXPECT_THAT(error("on_uprobe", "/proc/self/exe:gadgetry_user_onn"),
              HasSubstr("did you mean gadgetry_user_one?"));
  EXPECT_THAT(error("on_usdt", "/proc/self/exe:gadgetry:hitt"), HasSubstr("did you mean gadgetry:hit?"));
  EXPECT_THAT(error("on_usdt", "/bin/true:gadgetry:hit"), HasSubstr("declares no probes"));
  EXPECT_THAT(error("on_usdt", "/proc/self/exe:hit"), HasSubstr("PATH:PROVIDER:NAME"));
  EXPECT_THAT(error("on_uprobe", "libnowhere:f"), HasSubstr("no library 'libnowhere' found"));
  EXPECT_THAT(error("on_uprobe", "/etc/passwd:f"), HasSubstr("not an ELF file"));
}

// A child that calls gadgetry_user_one() when it is told to; it has what /proc/self/exe is mapped.
class Child {
 public:
  Child() {
    EXPECT_EQ(pipe2(go_, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(done_, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ != 0) return;
    char byte = 0;
    while (read(go_[0], &byte, 1) == 1) {
      gadgetry_user_one();
      if (write(done_[1], &byte, 1) != 1) break;
    }
    _exit(0);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    for (int fd : {go_[0], go_[1], done_[0], done_[1]}) close(fd);
  }
  void call() {
    char byte = 1;
    EXPECT_EQ(write(go_[1], &byte, 1), 1);
    EXPECT_EQ(read(done_[0], &byte, 1), 1);
  }
  pid_t pid() const { return pid_; }

 private:
  int go_[2] = {};
  int done_[2] = {};
  pid_t pid_ = 0;
};

AttachOptions in_processes(std::vector<pid_t> pids) {
  AttachOptions options;
  options.scope.pids = std::move(pids);
  return options;
}

TEST_F(UserProbeTest, OnlyTheChosenProcesses) {
  Child one;
  Child two;
  Child three;
  std::string self = std::filesystem::read_symlink("/proc/self/exe").string() + ":gadgetry_user_one";
  for (const char* program : {"on_uprobe", "on_multi"}) {
    if (std::string_view(program) == "on_multi" && !kernel_has("uprobe.multi")) continue;
    uint32_t counter = std::string_view(program) == "on_multi" ? kMulti : kUprobe;
    auto links = attach(program, self, in_processes({one.pid(), two.pid()}));
    ASSERT_TRUE(links.ok()) << links.error().text();
    EXPECT_EQ(links->size(), 2u);
    one.call();
    two.call();
    two.call();
    three.call();
    gadgetry_user_one();
    EXPECT_EQ(count(counter), 3u) << program;
  }
}

TEST_F(UserProbeTest, AProcessIsAskedForItsLibraries) {
  Child child;
  auto links = attach("on_uprobe", "libc:malloc", in_processes({child.pid()}));
  ASSERT_TRUE(links.ok()) << links.error().text();
  EXPECT_EQ(links->size(), 1u);
}

// In a mount namespace of its own: two overlays over one folder, as two containers of one image have it.
void with_overlays(const std::function<void(const std::string& folder)>& check) {
  pid_t child = fork();
  if (child == 0) {
    std::string folder = ::testing::TempDir() + "gadgetry_overlays";
    std::filesystem::create_directories(folder);
    bool good = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                mount("none", folder.c_str(), "tmpfs", 0, nullptr) == 0;
    std::filesystem::create_directories(folder + "/low");
    std::filesystem::copy_file("/proc/self/exe", folder + "/low/program");
    for (std::string name : {"one", "two"}) {
      for (const char* part : {"", ".upper", ".work"})
        std::filesystem::create_directories(folder + "/" + name + part);
      std::string options = "lowerdir=" + folder + "/low,upperdir=" + folder + "/" + name +
                            ".upper,workdir=" + folder + "/" + name + ".work";
      good = good && mount("overlay", (folder + "/" + name).c_str(), "overlay", 0, options.c_str()) == 0;
    }
    if (good) check(folder);
    std::error_code ignored;
    if (!good) _exit(77);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no overlays here";
  EXPECT_EQ(status, 0);
}

TEST_F(UserProbeTest, AFileUnderTwoOverlaysIsOneFile) {
  with_overlays([&](const std::string& folder) {
    auto id = [&](const std::string& path) {
      return real_file_id(base::open_file(folder + path, O_RDONLY)->get());
    };
    EXPECT_EQ(id("/one/program"), id("/low/program"));
    EXPECT_EQ(id("/one/program"), id("/two/program"));
    utimensat(AT_FDCWD, (folder + "/two/program").c_str(), nullptr, 0);  // copied up
    EXPECT_NE(id("/one/program"), id("/two/program"));
  });
}

TEST_F(UserProbeTest, AProgramUnderTwoOverlaysIsProbedOnce) {
  with_overlays([&](const std::string& folder) {
    if (auto loaded = load(object_.get(), {}); !loaded.ok()) ADD_FAILURE() << loaded.error().text();
    AttachOptions options;
    std::vector<Link> all;
    auto is_attached = [&](const std::string& key) {
      return std::any_of(all.begin(), all.end(), [&](const Link& link) { return link.key() == key; });
    };
    for (const char* name : {"/one", "/two"}) {
      Place place{.kind = PlaceKind::kFiles, .name = name, .key = name, .root = folder + name};
      bpf_program* program = bpf_object__find_program_by_name(object_.get(), "on_uprobe");
      auto made = attach_uprobe({.object = object_.get(),
                                 .program = program,
                                 .name = "on_uprobe",
                                 .family = *find_family("uprobe"),
                                 .target = "/program:gadgetry_user_one",
                                 .perf = nullptr,
                                 .place = place,
                                 .options = options,
                                 .is_attached = is_attached});
      ASSERT_TRUE(made.ok()) << made.error().text();
      for (Link& link : *made) all.push_back(std::move(link));
    }
    EXPECT_EQ(all.size(), 1u);
    // Runs the copy, through either overlay: it calls the function once.
    for (const char* name : {"/one", "/two"}) {
      std::string command = "GADGETRY_CALL_USER_ONE=1 " + folder + name + "/program >/dev/null";
      EXPECT_EQ(std::system(command.c_str()), 0);
    }
    EXPECT_EQ(count(kUprobe), 2u);
  });
}

// Before any test: the copies above are told so to call the function and end.
const bool kCalled = [] {
  if (std::getenv("GADGETRY_CALL_USER_ONE") == nullptr) return false;
  gadgetry_user_one();
  _exit(0);
}();

}  // namespace
}  // namespace gadgetry::bpf
