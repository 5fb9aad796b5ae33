#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bpf/attach_uprobe.hpp"

extern "C" {
// Something to find in the test's own symbol table.
__attribute__((noinline, used)) int gadgetry_probe_me() {
  return 42;
}
}

namespace gadgetry::bpf {
namespace {

using Paths = std::vector<std::string>;

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A cache with these libraries; the offsets of the strings count from `origin` bytes before the entries.
std::string new_cache(const std::vector<std::pair<std::string, std::string>>& libraries) {
  std::string strings;
  std::string out = "glibc-ld.so.cache1.1";
  put(out, static_cast<uint32_t>(libraries.size()));
  out.resize(48);
  size_t base = 48 + libraries.size() * 24;
  for (const auto& [name, path] : libraries) {
    put(out, int32_t{0x303});
    put(out, static_cast<uint32_t>(base + strings.size()));
    strings += name + '\0';
    put(out, static_cast<uint32_t>(base + strings.size()));
    strings += path + '\0';
    put(out, uint32_t{0});
    put(out, uint64_t{0});
  }
  return out + strings;
}

std::string old_cache(const std::vector<std::pair<std::string, std::string>>& libraries) {
  std::string strings;
  std::string out = "ld.so-1.7.0";
  out.push_back('\0');
  put(out, static_cast<uint32_t>(libraries.size()));
  for (const auto& [name, path] : libraries) {
    put(out, int32_t{3});
    put(out, static_cast<uint32_t>(strings.size()));
    strings += name + '\0';
    put(out, static_cast<uint32_t>(strings.size()));
    strings += path + '\0';
  }
  return out + strings;
}

const std::vector<std::pair<std::string, std::string>> kLibraries = {{"libssl.so.3", "/lib/libssl.so.3"},
                                                                     {"libssl3.so", "/lib/libssl3.so"},
                                                                     {"libssl.so.1.1", "/opt/libssl.so.1.1"},
                                                                     {"libc.so.6", "/lib/libc.so.6"}};

TEST(LibraryCache, BothFormatsAreRead) {
  std::string both = old_cache({{"libold.so.1", "/lib/libold.so.1"}});
  both.resize((both.size() + 7) &
              ~size_t{7});  // the strings of the old part are not what is aligned in real files
  for (const std::string& cache : {new_cache(kLibraries), old_cache(kLibraries)}) {
    EXPECT_EQ(search_library_cache(cache, "libssl"), (Paths{"/lib/libssl.so.3", "/opt/libssl.so.1.1"}));
    EXPECT_EQ(search_library_cache(cache, "libc.so.6"), (Paths{"/lib/libc.so.6"}));
    EXPECT_EQ(search_library_cache(cache, "libc"), (Paths{"/lib/libc.so.6"}));
    EXPECT_EQ(search_library_cache(cache, "lib"), Paths{});
  }
  EXPECT_EQ(search_library_cache(both, "libold"), (Paths{"/lib/libold.so.1"}));
}

TEST(LibraryCache, TheNewFormatMayFollowTheOld) {
  std::string cache = "ld.so-1.7.0";
  cache.push_back('\0');
  put(cache, uint32_t{1});
  cache.append(12, '\0');  // one entry, then padding to 8
  cache.resize((cache.size() + 7) & ~size_t{7});
  cache += new_cache(kLibraries);
  EXPECT_EQ(search_library_cache(cache, "libc"), (Paths{"/lib/libc.so.6"}));
}

TEST(LibraryCache, LyingFilesAreHarmless) {
  for (const std::string& whole : {new_cache(kLibraries), old_cache(kLibraries)}) {
    for (size_t size = 0; size < whole.size(); ++size) search_library_cache(whole.substr(0, size), "libssl");
    for (size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(0xff);
      search_library_cache(changed, "libssl");
    }
  }
  std::vector<std::pair<std::string, std::string>> many;
  many.reserve(1000);
  for (int i = 0; i < 1000; ++i) many.emplace_back("libx.so." + std::to_string(i), "/x" + std::to_string(i));
  EXPECT_EQ(search_library_cache(new_cache(many), "libx").size(), 64u);
  EXPECT_EQ(search_library_cache(new_cache({{"libx.so", "relative"}}), "libx").size(), 0u);
  EXPECT_TRUE(search_library_cache("something else", "libx").empty());
}

TEST(Libraries, NamesFitWithTheirVersions) {
  EXPECT_TRUE(is_library("libssl.so.3", "libssl"));
  EXPECT_TRUE(is_library("libc.so.6", "libc.so.6"));
  EXPECT_FALSE(is_library("libssl3.so", "libssl"));
  EXPECT_FALSE(is_library("libcrypt.so.1", "libc"));
  // musl has one file for all of these
  EXPECT_TRUE(is_library("ld-musl-x86_64.so.1", "libc"));
  EXPECT_TRUE(is_library("ld-musl-aarch64.so.1", "libpthread"));
  EXPECT_FALSE(is_library("ld-musl-x86_64.so.1", "libssl"));
  EXPECT_FALSE(is_library("ld-musl-x86_64.path", "libc"));
}

TEST(Libraries, AreFoundAmongTheMappingsOfAProcess) {
  const char* maps =
      "55d0-55d1 r-xp 00000000 08:01 10                         /usr/bin/cat\n"
      "7f00-7f10 r--p 00000000 08:01 11                         /lib/libssl.so.3\n"
      "7f10-7f20 r-xp 00001000 08:01 11                         /lib/libssl.so.3\n"
      "7f30-7f40 r-xp 00000000 08:01 12                         /opt/with space/libssl.so.1.1 (deleted)\n"
      "7f50-7f60 rw-p 00000000 00:00 0\n"
      "7ffc-7ffd r-xp 00000000 00:00 0                          [vdso]\n"
      "garbage";
  EXPECT_EQ(search_mappings(maps, "libssl"), (Paths{"/lib/libssl.so.3", "/opt/with space/libssl.so.1.1"}));
  EXPECT_EQ(search_mappings(maps, "libc"), Paths{});
  EXPECT_EQ(search_mappings("", "libc"), Paths{});
}

TEST(Libraries, MuslHasItsOwnPath) {
  EXPECT_EQ(musl_folders(""), (Paths{"/lib", "/usr/local/lib", "/usr/lib"}));
  EXPECT_EQ(musl_folders("/a\n/b:/c\n\nrelative\n"), (Paths{"/a", "/b", "/c"}));
}

// A root with these empty files.
std::string make_root(const std::string& name, const std::vector<std::string>& files) {
  std::string root = ::testing::TempDir() + name;
  std::string make = "rm -rf '" + root + "'";
  for (const std::string& file : files) make += " && install -D /dev/null '" + root + file + "'";
  EXPECT_EQ(std::system(make.c_str()), 0);
  return root;
}

TEST(Libraries, AreFoundWithoutACache) {
#if defined(__x86_64__)
  const std::string path_file = "/etc/ld-musl-x86_64.path";
#else
  const std::string path_file = "/etc/ld-musl-aarch64.path";
#endif
  std::string musl = make_root("gadgetry_musl",
                               {"/lib/ld-musl-x86_64.so.1", "/usr/lib/libssl.so.3", "/opt/l/libssl.so.1.1"});
  EXPECT_EQ(*find_binaries(musl, "libc"), (Paths{"/lib/ld-musl-x86_64.so.1"}));
  EXPECT_EQ(*find_binaries(musl, "libssl"), (Paths{"/usr/lib/libssl.so.3"}));
  ASSERT_EQ(std::system(("mkdir " + musl + "/etc").c_str()), 0);
  ASSERT_TRUE(base::replace_file(musl + path_file, "/lib\n/opt/l\n").ok());
  EXPECT_EQ(*find_binaries(musl, "libssl"), (Paths{"/opt/l/libssl.so.1.1"}));
  std::string bare = make_root("gadgetry_bare", {"/lib64/libssl.so.3", "/usr/lib/libssl.so"});
  EXPECT_EQ(*find_binaries(bare, "libssl"), (Paths{"/lib64/libssl.so.3", "/usr/lib/libssl.so"}));
  EXPECT_EQ(find_binaries(bare, "libm").error().kind, base::ErrorKind::kNotFound);
}

TEST(Binaries, AreFound) {
  EXPECT_EQ(*find_binaries("", "/bin/sh"), (Paths{"/bin/sh"}));
  auto libc = find_binaries("", "libc");
  ASSERT_TRUE(libc.ok()) << libc.error().text();
  EXPECT_NE(libc->front().find("libc.so"), std::string::npos);
  EXPECT_FALSE(find_binaries("", "lib/c").ok());
  EXPECT_FALSE(find_binaries("", "").ok());
  EXPECT_FALSE(find_binaries("/no/such/root", "libc").ok());
}

TEST(Binaries, StayBelowTheRoot) {
  std::string root = ::testing::TempDir() + "gadgetry_root";
  std::string make = "rm -rf " + root + " && mkdir -p " + root + "/lib && ln -s /etc/passwd " + root +
                     "/lib/out && ln -s ../../../../../../etc/passwd " + root + "/lib/up";
  ASSERT_EQ(std::system(make.c_str()), 0);
  EXPECT_FALSE(open_below(root, "/lib/out").ok());  // /etc/passwd of the root, which it has not
  EXPECT_FALSE(open_below(root, "/lib/up").ok());
  EXPECT_FALSE(open_below(root, "/../../../../etc/passwd").ok());
  EXPECT_TRUE(open_below(root, "/lib").ok());
}

TEST(Symbols, AreFoundInBothTables) {
  auto self = base::open_file("/proc/self/exe", O_RDONLY);
  ASSERT_TRUE(self.ok());
  auto offset = find_function_offset(self->get(), "gadgetry_probe_me");
  ASSERT_TRUE(offset.ok()) << offset.error().text();
  // The bytes there are those of the function.
  uint8_t bytes[8];
  ASSERT_EQ(pread(self->get(), bytes, sizeof(bytes), static_cast<off_t>(*offset)), 8);
  EXPECT_EQ(std::memcmp(bytes, reinterpret_cast<const void*>(&gadgetry_probe_me), sizeof(bytes)), 0);
  EXPECT_EQ(find_function_offset(self->get(), "gadgetry_no_such").error().kind, base::ErrorKind::kNotFound);
  EXPECT_FALSE(find_function_offset(self->get(), "").ok());

  auto libc = base::open_file(find_binaries("", "libc")->front(), O_RDONLY);
  EXPECT_TRUE(
      find_function_offset(libc->get(), "malloc").ok());  // a stripped library has its dynamic symbols only
}

TEST(Symbols, PatternsAndVersions) {
  auto libc = base::open_file(find_binaries("", "libc")->front(), O_RDONLY);
  auto names = [&](const std::vector<std::string>& wanted) {
    std::vector<std::string> out;
    auto found = find_functions(libc->get(), wanted);
    EXPECT_TRUE(found.ok()) << found.error().text();
    for (const Function& one : *found) out.push_back(one.name);
    std::sort(out.begin(), out.end());
    return out;
  };
  EXPECT_EQ(names({"malloc", "free"}), (std::vector<std::string>{"free", "malloc"}));
  EXPECT_GT(names({"str*"}).size(), 10u);
  EXPECT_EQ(names({"no_such_function", "free"}), (std::vector<std::string>{"free"}));
#if defined(__x86_64__)
  auto offset = [&](const char* name) { return *find_function_offset(libc->get(), name); };
  EXPECT_EQ(offset("pthread_cond_wait"), offset("pthread_cond_wait@@GLIBC_2.3.2"));
  EXPECT_NE(offset("pthread_cond_wait"), offset("pthread_cond_wait@GLIBC_2.2.5"));
  EXPECT_FALSE(find_function_offset(libc->get(), "pthread_cond_wait@GLIBC_9").ok());
#endif
  EXPECT_EQ(find_functions(libc->get(), {"mallok"}).error().hint, "did you mean malloc?");
}

TEST(Symbols, ChoicesAtRunTimeAreKnown) {
  auto libc = base::open_file(find_binaries("", "libc")->front(), O_RDONLY);
  EXPECT_TRUE(find_functions(libc->get(), {"strlen"})->front().is_indirect);
  EXPECT_FALSE(find_functions(libc->get(), {"malloc"})->front().is_indirect);
}

TEST(Symbols, DamagedFilesAreHarmless) {
  auto whole = base::read_file(find_binaries("", "libm")->front(), 64u << 20);
  ASSERT_TRUE(whole.ok()) << whole.error().text();
  std::string path = ::testing::TempDir() + "gadgetry_damaged_elf";
  auto check = [&](std::string_view bytes) {
    ASSERT_TRUE(base::replace_file(path, bytes).ok());
    auto file = base::open_file(path, O_RDONLY);
    (void)find_function_offset(file->get(), "cos");
    (void)list_usdt_probes(file->get());
  };
  for (size_t size : {0ul, 10ul, 64ul, 100ul, 1000ul, whole->size() / 2, whole->size() - 1}) {
    check(std::string_view(*whole).substr(0, size));
  }
  for (size_t at = 0; at < 64; ++at) {  // the ELF header
    std::string changed = *whole;
    changed[at] = static_cast<char>(0xff);
    check(changed);
  }
  unlink(path.c_str());
}

TEST(ProbePoints, AreParsed) {
  EXPECT_EQ(parse_probe_point("do_open")->symbol, "do_open");
  EXPECT_EQ(parse_probe_point("do_open+0x1f")->offset, 0x1fu);
  EXPECT_EQ(parse_probe_point("do_open+16")->offset, 16u);
  for (const char* wrong : {"", "+1", "f+", "f+x", "f+-1", "f+0x"})
    EXPECT_FALSE(parse_probe_point(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace gadgetry::bpf
