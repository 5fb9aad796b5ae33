#include "wasm/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/limits.hpp"

namespace gadgetry::wasm {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

// A folder with "in", which is granted, and beside it what is not.
class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "wasm_files_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    fs::create_directories(top_ / "in/sub");
    fs::create_directories(top_ / "inside");
    put("in/file", "hello");
    put("in/sub/deep", "deep");
    put("secret", "secret");
    put("inside/x", "secret");
  }
  void TearDown() override { fs::remove_all(top_); }

  void put(const std::string& name, const std::string& text) { std::ofstream(top_ / name) << text; }
  std::string get(const std::string& name) {
    std::ifstream file(top_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string at(const std::string& name) { return (top_ / name).string(); }
  void grant_read(const std::string& entry) { permissions_.read.push_back(entry); }
  void grant_write(const std::string& entry) { permissions_.write.push_back(entry); }

  Code open(const std::string& path, uint32_t flags = kOpenRead) {
    Outcome outcome = files_.open(permissions_, path, flags, file_);
    why_ = outcome.why;
    return outcome.code;
  }
  // The text of a file, or "CODE N".
  std::string read(const std::string& path) {
    Code code = open(path);
    if (code != Code::kOk) return "CODE " + std::to_string(static_cast<int>(code));
    std::string text(100, '\0');
    uint32_t count = 0;
    Outcome done = file_->read({reinterpret_cast<uint8_t*>(text.data()), text.size()}, count);
    EXPECT_TRUE(done.ok() || done.code == Code::kEnd) << done.why;
    text.resize(count);
    return text;
  }

  fs::path top_;
  Permissions permissions_;
  Files files_;
  std::unique_ptr<File> file_;
  std::string why_;
};

constexpr const char* kDenied = "CODE 4";
constexpr const char* kNotFound = "CODE 2";

TEST_F(FilesTest, NothingWithoutGrant) {
  EXPECT_EQ(open("/etc/passwd"), Code::kDenied);
  EXPECT_THAT(why_, HasSubstr("not granted"));
  EXPECT_THAT(why_, HasSubstr("--allow-read"));
  EXPECT_EQ(open("/no/such/file"), Code::kDenied);  // the same: nothing is told
  EXPECT_EQ(open("/tmp/x", kOpenWrite | kOpenCreate), Code::kDenied);
  EXPECT_THAT(why_, HasSubstr("--allow-write"));
}

TEST_F(FilesTest, ReadsBelowTheFolder) {
  grant_read(at("in"));
  EXPECT_EQ(read(at("in/file")), "hello");
  EXPECT_EQ(read(at("in/sub/deep")), "deep");
  EXPECT_EQ(read(at("in//sub/./deep")), "deep");
  EXPECT_EQ(read(at("in/sub/../file")), "hello");
  EXPECT_EQ(read(at("in/none")), kNotFound);
  EXPECT_EQ(read(at("in/file/x")), kNotFound);
  EXPECT_EQ(read(at("in")), kDenied);
  EXPECT_EQ(read(at("in/sub")), kDenied);
  EXPECT_THAT(why_, HasSubstr("folder"));
  EXPECT_EQ(open(at("in/file"), kOpenWrite), Code::kDenied);
}

TEST_F(FilesTest, NothingBeside) {
  grant_read(at("in"));
  EXPECT_EQ(read(at("inside/x")), kDenied);  // the name only begins alike
  EXPECT_EQ(read(at("secret")), kDenied);
  EXPECT_EQ(read(at("in/../secret")), kDenied);
  EXPECT_THAT(why_, HasSubstr("leads out"));
  EXPECT_EQ(read(at("in/sub/../../secret")), kDenied);
  EXPECT_EQ(read(at("in/sub/../../in/file")), kDenied);  // out and in again
  EXPECT_EQ(read(at("in/../in/file")), kDenied);
  EXPECT_EQ(read("/proc/self/root" + at("in/file")), kDenied);
}

TEST_F(FilesTest, SymbolicLinksStayInside) {
  grant_read(at("in"));
  fs::create_symlink("file", top_ / "in/same");
  fs::create_symlink("../file", top_ / "in/sub/up");
  fs::create_symlink("../secret", top_ / "in/out");
  fs::create_symlink(top_ / "secret", top_ / "in/absolute");
  fs::create_symlink(top_ / "in/file", top_ / "in/absolute_inside");
  fs::create_directory_symlink("..", top_ / "in/parent");
  fs::create_directory_symlink("/proc/self", top_ / "in/proc");
  EXPECT_EQ(read(at("in/same")), "hello");
  EXPECT_EQ(read(at("in/sub/up")), "hello");
  EXPECT_EQ(read(at("in/out")), kDenied);
  EXPECT_EQ(read(at("in/absolute")), kDenied);
  EXPECT_EQ(read(at("in/absolute_inside")), kDenied);
  EXPECT_EQ(read(at("in/parent/secret")), kDenied);
  EXPECT_EQ(read(at("in/parent/in/file")), kDenied);
  EXPECT_EQ(read(at("in/proc/environ")), kDenied);
}

TEST_F(FilesTest, MagicLinksAreNotFollowed) {
  int fd = ::open(at("secret").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  grant_read("/proc");
  std::string self = "/proc/" + std::to_string(::getpid());
  EXPECT_EQ(read(self + "/comm").substr(0, 5), "wasm_");
  EXPECT_EQ(read(self + "/fd/" + std::to_string(fd)), kDenied);
  EXPECT_EQ(read(self + "/root/etc/passwd"), kDenied);
  EXPECT_EQ(read(self + "/cwd/file"), kDenied);
  ::close(fd);
}

TEST_F(FilesTest, MemoryOfTheProcessIsNotWritten) {
  grant_write("/proc");
  EXPECT_EQ(open("/proc/self/mem", kOpenRead | kOpenWrite), Code::kDenied);
  EXPECT_THAT(why_, HasSubstr("/proc"));
  EXPECT_EQ(open("/proc/" + std::to_string(::getpid()) + "/comm", kOpenWrite), Code::kDenied);
}

TEST_F(FilesTest, LinksToNothingMakeNothing) {
  grant_write(at("in"));
  fs::create_symlink("../made", top_ / "in/out");
  fs::create_symlink("made", top_ / "in/nothing");
  EXPECT_EQ(open(at("in/out"), kOpenWrite | kOpenCreate), Code::kDenied);
  EXPECT_EQ(open(at("in/nothing"), kOpenWrite | kOpenCreate), Code::kDenied);
  EXPECT_FALSE(fs::exists(top_ / "made"));
  EXPECT_FALSE(fs::exists(top_ / "in/made"));
}

TEST_F(FilesTest, GrantedFile) {
  grant_read(at("in/file"));
  EXPECT_EQ(read(at("in/file")), "hello");
  EXPECT_EQ(read(at("in/./file")), "hello");
  EXPECT_EQ(read(at("in/sub/deep")), kDenied);
  EXPECT_EQ(read(at("in/file/../sub/deep")), kNotFound);
  // Somebody swaps it: for a symbolic link, for a folder.
  fs::remove(top_ / "in/file");
  EXPECT_EQ(read(at("in/file")), kNotFound);
  fs::create_symlink("../secret", top_ / "in/file");
  EXPECT_EQ(read(at("in/file")), kDenied);
  EXPECT_THAT(why_, HasSubstr("symbolic link"));
  fs::remove(top_ / "in/file");
  fs::create_directory_symlink("../inside", top_ / "in/file");
  EXPECT_EQ(read(at("in/file/x")), kNotFound);
  EXPECT_EQ(read(at("in/file")), kDenied);
  fs::remove(top_ / "in/file");
  put("in/file", "again");
  EXPECT_EQ(read(at("in/file")), "again");
}

TEST_F(FilesTest, GrantedFileThatIsALink) {
  fs::create_symlink("../secret", top_ / "in/link");
  grant_read(at("in/link"));
  EXPECT_EQ(read(at("in/link")), kDenied);
}

TEST_F(FilesTest, GrantedFolderIsHeld) {
  grant_read(at("in"));
  EXPECT_EQ(read(at("in/file")), "hello");
  fs::rename(top_ / "in", top_ / "moved");
  fs::create_directory_symlink("inside", top_ / "in");
  EXPECT_EQ(read(at("in/x")), kNotFound);
  EXPECT_EQ(read(at("in/file")), "hello");
}

TEST_F(FilesTest, PartsFromTheGadgetStayBelowWhatAPersonGranted) {
  fs::create_directory_symlink("../inside", top_ / "in/declared");
  grant_read(at("in") + "//declared");
  EXPECT_EQ(read(at("in/declared/x")), kDenied);
  EXPECT_EQ(read(at("in/file")), kDenied);
  permissions_.read = {at("in") + "//sub"};
  EXPECT_EQ(read(at("in/sub/deep")), "deep");
  EXPECT_EQ(read(at("in/sub/../file")), kDenied);
  permissions_.read = {at("in") + "//sub/deep"};
  EXPECT_EQ(read(at("in/sub/deep")), "deep");
  permissions_.read = {at("in") + "//file"};
  EXPECT_EQ(read(at("in/file")), "hello");
  permissions_.read = {"/" + at("in")};  // granted: all; declared: this one
  EXPECT_EQ(read(at("in/file")), "hello");
}

TEST_F(FilesTest, LinkThatAPersonGranted) {
  fs::create_directory_symlink("in", top_ / "link");
  grant_read(at("link"));
  EXPECT_EQ(read(at("link/file")), "hello");
  EXPECT_EQ(read(at("in/file")), kDenied);  // by the name that was granted
}

TEST_F(FilesTest, RelativePaths) {
  fs::path before = fs::current_path();
  fs::current_path(top_);
  auto parsed = parse_permissions({.read = {"./in"}, .write = {}, .net = {}});
  ASSERT_TRUE(parsed.ok());
  permissions_ = *parsed;
  EXPECT_EQ(read("in/file"), "hello");
  EXPECT_EQ(read("./in/sub/deep"), "deep");
  EXPECT_EQ(read("secret"), kDenied);
  EXPECT_EQ(read("in/../secret"), kDenied);
  fs::current_path(top_ / "inside");
  EXPECT_EQ(read("../in/file"), "hello");
  EXPECT_EQ(read("../secret"), kDenied);
  fs::current_path(before);
}

TEST_F(FilesTest, OnlyRegularFiles) {
  grant_read(at("in"));
  grant_read("/dev");
  ASSERT_EQ(::mkfifo(at("in/fifo").c_str(), 0644), 0);
  EXPECT_EQ(read(at("in/fifo")), kDenied);
  EXPECT_THAT(why_, HasSubstr("regular"));
  EXPECT_EQ(read("/dev/zero"), kDenied);
  grant_write(at("in"));
  EXPECT_EQ(open(at("in/fifo"), kOpenWrite | kOpenCreate | kOpenTruncate), Code::kDenied);
}

TEST_F(FilesTest, Writes) {
  grant_write(at("in"));
  uint32_t count = 0;
  ASSERT_EQ(open(at("in/new"), kOpenWrite), Code::kNotFound);
  ASSERT_EQ(open(at("in/new"), kOpenWrite | kOpenCreate), Code::kOk) << why_;
  EXPECT_TRUE(file_->write("first", count).ok());
  EXPECT_EQ(count, 5u);
  EXPECT_EQ(file_->read({}, count).code, Code::kDenied);
  EXPECT_EQ(get("in/new"), "first");
  EXPECT_EQ(read(at("in/new")), "first");  // a grant to write lets read
  EXPECT_EQ(file_->write("x", count).code, Code::kDenied);
  ASSERT_EQ(open(at("in/new"), kOpenWrite | kOpenAppend), Code::kOk);
  EXPECT_TRUE(file_->write(" second", count).ok());
  EXPECT_EQ(get("in/new"), "first second");
  ASSERT_EQ(open(at("in/new"), kOpenRead | kOpenWrite), Code::kOk);
  EXPECT_TRUE(file_->seek(6).ok());
  EXPECT_TRUE(file_->write("SECOND", count).ok());
  EXPECT_TRUE(file_->seek(0).ok());
  uint8_t buffer[5];
  EXPECT_TRUE(file_->read(buffer, count).ok());
  EXPECT_EQ(count, 5u);
  EXPECT_EQ(file_->seek(UINT64_MAX).code, Code::kInvalid);
  EXPECT_EQ(get("in/new"), "first SECOND");
  ASSERT_EQ(open(at("in/new"), kOpenWrite | kOpenCreate | kOpenTruncate), Code::kOk);
  EXPECT_EQ(get("in/new"), "");
  EXPECT_EQ(open(at("in/none/new"), kOpenWrite | kOpenCreate), Code::kNotFound);
  EXPECT_EQ(open(at("in/../new"), kOpenWrite | kOpenCreate), Code::kDenied);
  EXPECT_FALSE(fs::exists(top_ / "new"));
}

TEST_F(FilesTest, MakesAGrantedFile) {
  grant_write(at("in/result"));
  EXPECT_EQ(read(at("in/result")), kNotFound);
  EXPECT_EQ(open(at("in/result"), kOpenWrite | kOpenCreate), Code::kOk) << why_;
  EXPECT_EQ(open(at("in/result2"), kOpenWrite | kOpenCreate), Code::kDenied);
  // A folder that is not there yet may still come.
  grant_read(at("later"));
  EXPECT_EQ(read(at("later/x")), kNotFound);
  fs::create_directory(top_ / "later");
  put("later/x", "now");
  EXPECT_EQ(read(at("later/x")), "now");
}

TEST_F(FilesTest, Arguments) {
  grant_write(at("in"));
  EXPECT_EQ(open(at("in/file"), 0), Code::kInvalid);
  EXPECT_EQ(open(at("in/file"), 32 | kOpenRead), Code::kInvalid);
  EXPECT_EQ(open(at("in/file"), kOpenRead | kOpenTruncate), Code::kInvalid);
  EXPECT_EQ(open(at("in/file"), kOpenCreate), Code::kInvalid);
  EXPECT_EQ(open(""), Code::kInvalid);
  EXPECT_EQ(open(at("in/file") + std::string("\0x", 2)), Code::kInvalid);
  EXPECT_EQ(open(at("in/") + std::string(5000, 'a')), Code::kInvalid);
  EXPECT_EQ(open(at("in/") + std::string(300, 'a')), Code::kInvalid);
  EXPECT_EQ(get("in/file"), "hello");
  ASSERT_EQ(open(at("in/file")), Code::kOk);
  uint32_t count = 1;
  EXPECT_EQ(file_->read({}, count).code, Code::kTooSmall);
  std::vector<uint8_t> buffer(10);
  EXPECT_TRUE(file_->read(buffer, count).ok());
  EXPECT_EQ(file_->read(buffer, count).code, Code::kEnd);
  EXPECT_EQ(count, 0u);
}

TEST_F(FilesTest, Limits) {
  grant_write(at("in"));
  std::vector<std::unique_ptr<File>> open_files;
  for (uint32_t i = 0; i < limits::kWasmFiles; i++) {
    ASSERT_EQ(open(at("in/file")), Code::kOk);
    open_files.push_back(std::move(file_));
  }
  EXPECT_EQ(open(at("in/file")), Code::kLimit);
  open_files.pop_back();
  EXPECT_EQ(open(at("in/file"), kOpenRead | kOpenWrite), Code::kOk);
  uint32_t count = 0;
  std::string large(limits::kWasmTransferBytes + 1, 'x');
  EXPECT_TRUE(file_->write(large, count).ok());
  EXPECT_EQ(count, limits::kWasmTransferBytes);
}

// In a process of its own, since the limit is one of processes: the signal would end it.
TEST_F(FilesTest, LimitOnTheSizeOfFilesIsAnError) {
  grant_write(at("in"));
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    rlimit limit{10, 10};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0 || open(at("in/small"), kOpenWrite | kOpenCreate) != Code::kOk)
      ::_exit(1);
    uint32_t count = 0;
    if (!file_->write("0123456789abcdef", count).ok() || count != 10) ::_exit(2);
    ::_exit(file_->write("x", count).code == Code::kLimit ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Somebody swaps a folder for a symbolic link all the time: what is read is inside, or nothing.
TEST_F(FilesTest, Races) {
  grant_read(at("in"));
  fs::create_directories(top_ / "outside");
  put("outside/deep", "secret");
  fs::create_directory_symlink("../outside", top_ / "in/link");
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    std::string a = at("in/sub");
    std::string b = at("in/link");
    while (!stop) ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
  });
  size_t inside = 0;
  size_t refused = 0;
  for (int i = 0; i < 3000; i++) {
    std::string text = read(at("in/sub/deep"));
    EXPECT_NE(text, "secret");
    inside += text == "deep";
    refused += text != "deep";
  }
  stop = true;
  swapper.join();
  EXPECT_EQ(inside + refused, 3000u);
}

}  // namespace
}  // namespace gadgetry::wasm
