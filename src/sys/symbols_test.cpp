#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include "base/limits.hpp"
#include "sys/elf_symbols.hpp"
#include "sys/kallsyms.hpp"
#include "sys/user_symbols.hpp"

// With C linkage and visible, so that its name is known whatever the compiler does.
extern "C" __attribute__((noinline, visibility("default"))) int gadgetry_test_marker(int x) {
  return x + 1;
}

namespace gadgetry::sys {
namespace {

class TempFile {
 public:
  explicit TempFile(std::string_view text) {
    int fd = mkstemp(path_);
    EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(fd);
  }
  ~TempFile() { unlink(path_); }
  const char* path() const { return path_; }

 private:
  char path_[32] = "/tmp/gadgetry_sym_XXXXXX";
};

TEST(Kallsyms, FindsFunctions) {
  TempFile file(
      "ffffffff81000000 T _stext\n"
      "ffffffff81000000 T _text\n"
      "ffffffff81000010 t __pfx_early\n"
      "ffffffff81000020 t early\n"
      "ffffffff81000030 D some_data\n"
      "ffffffff81000040 W weak_one\n"
      "garbage\n"
      "ffffffffc0001000 t module_fn\t[module]\n"
      "ffffffff81000038 T out_of_order");
  std::ofstream(file.path(), std::ios::app) << "\n";
  Kallsyms symbols(file.path());
  EXPECT_EQ(symbols.lookup(0xffffffff81000020), "") << "not loaded yet";
  ASSERT_TRUE(symbols.load().ok());
  EXPECT_EQ(symbols.size(), 5u);
  EXPECT_EQ(symbols.lookup(0xffffffff81000000), "_stext");
  EXPECT_EQ(symbols.lookup(0xffffffff81000025), "early");
  EXPECT_EQ(symbols.start_of(0xffffffff81000025), 0xffffffff81000020u);
  EXPECT_EQ(symbols.lookup(0xffffffff81000039), "out_of_order");
  EXPECT_EQ(symbols.lookup(0xffffffff81000041), "weak_one");
  EXPECT_EQ(symbols.lookup(0xffffffffc0001fff), "module_fn");
  EXPECT_EQ(symbols.lookup(0xffffffffb0000000), "") << "the gap between kernel and modules";
  EXPECT_EQ(symbols.lookup(0xffffffff80ffffff), "");
  EXPECT_EQ(symbols.lookup(0), "");
  EXPECT_EQ(symbols.lookup(UINT64_MAX), "");
}

TEST(Kallsyms, AddressesFarApart) {
  TempFile file("1000 T low\nffffffff81000000 T high\n");
  Kallsyms symbols(file.path());
  ASSERT_TRUE(symbols.load().ok());
  EXPECT_EQ(symbols.lookup(0x1001), "low");
  EXPECT_EQ(symbols.lookup(0xffffffff81000001), "high");
  EXPECT_EQ(symbols.start_of(0xffffffff81000001), 0xffffffff81000000u);
}

TEST(Kallsyms, SaysWhyThereIsNothing) {
  TempFile hidden("0000000000000000 T _stext\n0000000000000000 t early\n");
  Kallsyms symbols(hidden.path());
  auto status = symbols.load();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().text().find("kptr_restrict"), std::string::npos) << status.error().text();
  EXPECT_FALSE(symbols.load().ok()) << "the same the second time";
  EXPECT_EQ(symbols.lookup(0), "");
  TempFile empty("");
  EXPECT_FALSE(Kallsyms(empty.path()).load().ok());
  EXPECT_FALSE(Kallsyms("/nonexistent").load().ok());
  TempFile endless(std::string(200 << 10, 'a'));
  EXPECT_FALSE(Kallsyms(endless.path()).load().ok());
}

TEST(Kallsyms, TheKernelWeRunOn) {
  Kallsyms symbols;
  auto status = symbols.load();
  if (!status.ok()) GTEST_SKIP() << status.error().text();
  EXPECT_GT(symbols.size(), 1000u);
  EXPECT_LT(symbols.memory(), 8u << 20);
  std::ifstream table("/proc/kallsyms");
  for (std::string line; std::getline(table, line);) {
    if (!line.ends_with(" T vfs_read")) continue;
    EXPECT_EQ(symbols.lookup(std::stoull(line, nullptr, 16) + 1), "vfs_read");
  }
}

TEST(Demangle, Names) {
  EXPECT_EQ(demangle("main"), "main");
  EXPECT_EQ(demangle("_ZN3foo3barEi"), "foo::bar(int)");
  EXPECT_EQ(demangle("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
  EXPECT_EQ(demangle("_Znot"), "_Znot");
  EXPECT_EQ(demangle("a\x1b[31m"), "a?[31m");
  EXPECT_EQ(demangle(""), "");
  EXPECT_EQ(
      demangle("_ZNSt3mapIiSsSt4lessIiESaISt4pairIKiSsEEEixERS3_"),
      "std::map<int, std::string, std::less<int>, std::allocator<std::pair<int const, std::string> > >::"
      "operator[](int const&)");
}

TEST(Demangle, NamesThatWouldExplodeStayMangled) {
  // Each level repeats the one before twice.
  std::string name = "_Z1fI1aE1bIS_S_E";
  for (int i = 0; i < 60; i++) name += "1aIS" + std::string(1, static_cast<char>('A' + i % 26)) + "_S0_E";
  EXPECT_EQ(demangle(name), name);
  std::string deep = "_Z" + std::string(4000, 'P') + "i";
  EXPECT_LE(demangle(deep).size(), limits::kSymbolNameBytes);
}

base::Fd open_self() {
  auto file = base::open_file("/proc/self/exe", O_RDONLY);
  EXPECT_TRUE(file.ok());
  return std::move(*file);
}

TEST(ElfSymbols, OfThisProgram) {
  auto symbols = ElfSymbols::open(open_self());
  ASSERT_TRUE(symbols.ok()) << symbols.error().text();
  EXPECT_GT((*symbols)->size(), 100u);
  EXPECT_EQ((*symbols)->lookup_offset(0), "");
  EXPECT_EQ((*symbols)->lookup_address(UINT64_MAX), "");
}

TEST(ElfSymbols, RefusesWhatIsNoElf) {
  for (std::string_view text : {"", "x",
                                "\x7f"
                                "ELF",
                                "#!/bin/sh\necho hello, this is a script of some length\n"}) {
    TempFile file(text);
    EXPECT_FALSE(ElfSymbols::open(std::move(*base::open_file(file.path(), O_RDONLY))).ok());
  }
  EXPECT_FALSE(ElfSymbols::open(std::move(*base::open_file("/tmp", O_RDONLY))).ok());
}

// A small file with two segments and a symbol table, for breaking.
std::vector<uint8_t> small_elf() {
  static constexpr char kNames[] = "\0alpha\0beta\0gamma";
  struct {
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    Elf64_Sym symbols[4];
    char names[sizeof kNames];
    Elf64_Shdr sections[3];
  } image{};
  auto at = [&](const void* part) {
    return static_cast<uint64_t>(static_cast<const char*>(part) - reinterpret_cast<const char*>(&image));
  };
  std::memcpy(image.header.e_ident, ELFMAG, SELFMAG);
  image.header.e_ident[EI_CLASS] = ELFCLASS64;
  image.header.e_ident[EI_DATA] = ELFDATA2LSB;
  image.header.e_phoff = at(&image.segment);
  image.header.e_phnum = 1;
  image.header.e_phentsize = sizeof(Elf64_Phdr);
  image.header.e_shoff = at(image.sections);
  image.header.e_shnum = 3;
  image.header.e_shentsize = sizeof(Elf64_Shdr);
  image.segment = {.p_type = PT_LOAD,
                   .p_flags = 5,
                   .p_offset = 0x100,
                   .p_vaddr = 0x401100,
                   .p_paddr = 0,
                   .p_filesz = 0x1000,
                   .p_memsz = 0x1000,
                   .p_align = 1};
  image.symbols[1] = {1, STT_FUNC, 0, 1, 0x401200, 0x10};
  image.symbols[2] = {7, STT_FUNC, 0, 1, 0x401220, 0};
  image.symbols[3] = {12, STT_OBJECT, 0, 1, 0x401240, 8};
  std::memcpy(image.names, kNames, sizeof kNames);
  image.sections[1].sh_type = SHT_SYMTAB;
  image.sections[1].sh_link = 2;
  image.sections[1].sh_offset = at(image.symbols);
  image.sections[1].sh_size = sizeof image.symbols;
  image.sections[1].sh_entsize = sizeof(Elf64_Sym);
  image.sections[2].sh_type = SHT_STRTAB;
  image.sections[2].sh_offset = at(image.names);
  image.sections[2].sh_size = sizeof image.names;
  auto* bytes = reinterpret_cast<const uint8_t*>(&image);
  return {bytes, bytes + sizeof image};
}

TEST(ElfSymbols, AddressesAndOffsets) {
  std::vector<uint8_t> image = small_elf();
  auto symbols = ElfSymbols::open_memory(image);
  ASSERT_TRUE(symbols.ok()) << symbols.error().text();
  EXPECT_EQ((*symbols)->size(), 2u) << "functions only";
  EXPECT_EQ((*symbols)->lookup_address(0x401200), "alpha");
  EXPECT_EQ((*symbols)->lookup_address(0x40120f), "alpha");
  EXPECT_EQ((*symbols)->lookup_address(0x401210), "") << "behind its end";
  EXPECT_EQ((*symbols)->lookup_address(0x401230), "beta") << "no size: reaches on";
  EXPECT_EQ((*symbols)->lookup_address(0x4011ff), "");
  EXPECT_EQ((*symbols)->lookup_offset(0x204), "alpha");
  EXPECT_EQ((*symbols)->lookup_offset(0x5000), "");
}

TEST(ElfSymbols, SurvivesAnyDamage) {
  const std::vector<uint8_t> good = small_elf();
  for (size_t size = 0; size <= good.size(); size++) {
    std::vector<uint8_t> cut(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    auto symbols = ElfSymbols::open_memory(cut);
    if (symbols.ok()) (*symbols)->lookup_address(0x401204);
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20000; round++) {
    std::vector<uint8_t> bad = good;
    for (int i = 0; i < 3; i++) {
      static constexpr uint8_t kValues[] = {0, 1, 0x7f, 0x80, 0xff};
      size_t at = random() % bad.size();
      bad[at] = random() % 2 == 0 ? kValues[random() % 5] : static_cast<uint8_t>(random());
    }
    auto symbols = ElfSymbols::open_memory(bad);
    if (!symbols.ok()) continue;
    (*symbols)->lookup_address(0x401204);
    (*symbols)->lookup_address(0x401224);
    (*symbols)->lookup_offset(0x204);
  }
}

uint64_t address_of(int (*function)(int)) {
  return reinterpret_cast<uint64_t>(function);
}

TEST(UserSymbols, OfThisProcess) {
  UserSymbols symbols;
  auto self = static_cast<uint32_t>(getpid());
  EXPECT_EQ(symbols.lookup({self, 0, 0}, address_of(gadgetry_test_marker)), "gadgetry_test_marker");
  EXPECT_EQ(symbols.lookup({self, 0, 0}, 16), "");
  EXPECT_EQ(symbols.lookup({self, 0, 0}, UINT64_MAX), "");
  EXPECT_EQ(symbols.lookup({0, 0, 0}, 4096), "");
  EXPECT_EQ(symbols.lookup({4194304, 0, 0}, 4096), "");
  // The second byte, since a breakpoint-free entry may be the end of what is before. libc has .dynsym only.
  uint64_t libc = reinterpret_cast<uint64_t>(&getpid);
  std::string_view name = symbols.lookup({self, 0, 0}, libc);
  EXPECT_NE(name.find("getpid"), std::string_view::npos) << name;
  EXPECT_GE(symbols.files(), 2u);
}

TEST(UserSymbols, TheVdso) {
  uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
  if (vdso == 0) GTEST_SKIP() << "no vdso here";
  UserSymbols symbols;
  bool found = false;
  for (uint64_t offset = 0; offset < 0x2000 && !found; offset += 16) {
    found = symbols.lookup({static_cast<uint32_t>(getpid()), 0, 0}, vdso + offset).find("vdso") !=
            std::string_view::npos;
  }
  EXPECT_TRUE(found);
}

TEST(UserSymbols, AStrippedProgramOfTheSystem) {
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/sleep", "sleep", "10", nullptr);
    _exit(1);
  }
  auto pid = static_cast<uint32_t>(child);
  // Once it sleeps, the counter of the kernel's view of it stands in libc's clock_nanosleep.
  UserSymbols symbols;
  std::string name;
  for (uint32_t attempt = 0; attempt < 200 && name.empty(); attempt++) {
    usleep(10'000);
    std::ifstream file("/proc/" + std::to_string(child) + "/syscall");
    std::string word;
    std::string last;
    while (file >> word) last = word;
    if (last.starts_with("0x")) name = symbols.lookup({pid, attempt, 0}, std::stoull(last, nullptr, 16));
    if (name.find("nanosleep") == std::string::npos) name.clear();
  }
  bool readable = std::ifstream("/proc/" + std::to_string(child) + "/syscall").good();
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  if (!readable) GTEST_SKIP() << "/proc/PID/syscall is not there";
  EXPECT_NE(name.find("nanosleep"), std::string::npos) << name;
}

TEST(UserSymbols, AnotherExecutableIsNotLookedAt) {
  UserSymbols symbols;
  auto self = static_cast<uint32_t>(getpid());
  EXPECT_EQ(symbols.lookup({self, 1, 12345}, address_of(gadgetry_test_marker)), "");
}

TEST(UserSymbols, ProcessesThatEndedKeepTheirNames) {
  UserSymbols symbols;
  pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  auto pid = static_cast<uint32_t>(child);
  std::string first(symbols.lookup({pid, 7, 0}, address_of(gadgetry_test_marker)));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(first, "gadgetry_test_marker");
  symbols.refresh();
  EXPECT_EQ(symbols.lookup({pid, 7, 0}, address_of(gadgetry_test_marker)), "gadgetry_test_marker");
  EXPECT_EQ(symbols.lookup({pid, 7, 0}, 16), "");
  EXPECT_EQ(symbols.lookup({pid, 8, 0}, address_of(gadgetry_test_marker)), "")
      << "another process by that pid";
}

TEST(UserSymbols, KeepsABoundedNumberOfProcesses) {
  UserSymbols symbols;
  for (uint32_t generation = 0; generation < limits::kSymbolProcesses + 50; generation++) {
    symbols.lookup({1u << 22, generation, 0}, 4096);
  }
  EXPECT_EQ(symbols.processes(), limits::kSymbolProcesses);
}

}  // namespace
}  // namespace gadgetry::sys
