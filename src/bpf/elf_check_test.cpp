#include "bpf/elf_check.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/btf.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bpf/test_objects.hpp"

namespace gadgetry::bpf {
namespace {

using testing::HasSubstr;

// Lies about one thing in a good object.
class Liar {
 public:
  explicit Liar(const std::string& name) : bytes_(test_object_bytes(name)) {}

  Elf64_Ehdr& header() { return *at<Elf64_Ehdr>(0); }
  Elf64_Shdr& section(size_t index) { return *at<Elf64_Shdr>(header().e_shoff + index * sizeof(Elf64_Shdr)); }
  Elf64_Shdr& section(const std::string& name) {
    for (size_t i = 1; i < header().e_shnum; i++) {
      const Elf64_Shdr& names = section(header().e_shstrndx);
      if (name == bytes_.data() + names.sh_offset + section(i).sh_name) return section(i);
    }
    ADD_FAILURE() << "no section " << name;
    return section(0);
  }
  template <typename T>
  T* at(uint64_t offset) {
    return reinterpret_cast<T*>(bytes_.data() + offset);
  }
  template <typename T>
  T* in(const std::string& name, uint64_t offset = 0) {
    return at<T>(section(name).sh_offset + offset);
  }
  Elf64_Sym& symbol_of_function() {
    for (auto* s = in<Elf64_Sym>(".symtab");; s++) {
      if (ELF64_ST_TYPE(s->st_info) == STT_FUNC) return *s;
    }
  }
  std::string check() {
    auto result = check_object(base::as_bytes(bytes_));
    return result.ok() ? "fine" : result.error().text();
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

TEST(ElfCheck, AcceptsRealObjects) {
  for (const char* name : {"fields", "declarations", "convention", "variables", "broken_tracer"}) {
    EXPECT_EQ(Liar(name).check(), "fine") << name;
  }
}

TEST(ElfCheck, RefusesEveryTruncation) {
  const std::string whole = test_object_bytes("declarations");
  for (size_t size = 0; size < whole.size(); size++) {
    EXPECT_FALSE(check_object(base::as_bytes(std::string_view(whole).substr(0, size))).ok()) << size;
  }
}

TEST(ElfCheck, SaysWhatIsNotAnObject) {
  EXPECT_THAT(check_object({}).error().text(), HasSubstr("not an ELF file"));
  Liar machine("fields");
  machine.header().e_machine = EM_X86_64;
  EXPECT_THAT(machine.check(), HasSubstr("another machine"));
  Liar order("fields");
  order.header().e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_THAT(order.check(), HasSubstr("big-endian"));
  Liar type("fields");
  type.header().e_type = ET_EXEC;
  EXPECT_THAT(type.check(), HasSubstr("not a relocatable object"));
}

TEST(ElfCheck, NamesTheSectionThatLies) {
  Liar liar("fields");
  liar.section(".maps").sh_size = 1u << 30;
  const std::string text = liar.check();
  EXPECT_THAT(text, HasSubstr("(.maps) reaches beyond the end of the file: truncated?"));
  EXPECT_THAT(text, HasSubstr("; build or pull the image again"));
}

TEST(ElfCheck, MissingBtfHasARemedy) {
  Liar liar("fields");
  const uint32_t names = liar.section(liar.header().e_shstrndx).sh_offset & 0xffffffff;
  liar.bytes()[names + liar.section(".BTF").sh_name + 1] = 'X';
  EXPECT_THAT(liar.check(), HasSubstr("clang -g"));
}

struct Lie {
  const char* name;
  std::function<void(Liar&)> tell;
};

class ElfLies : public testing::TestWithParam<Lie> {};

TEST_P(ElfLies, AreRefused) {
  Liar liar("variables");
  ASSERT_EQ(liar.check(), "fine");
  GetParam().tell(liar);
  EXPECT_NE(liar.check(), "fine");
}

INSTANTIATE_TEST_SUITE_P(
    All, ElfLies,
    testing::Values(Lie{"section_headers_outside", [](Liar& l) { l.header().e_shoff = l.bytes().size(); }},
                    Lie{"section_headers_wrap", [](Liar& l) { l.header().e_shoff = ~uint64_t{7}; }},
                    Lie{"names_index", [](Liar& l) { l.header().e_shstrndx = 999; }},
                    Lie{"names_of_wrong_type", [](Liar& l) { l.header().e_shstrndx = 2; }},
                    Lie{"section_offset_wraps", [](Liar& l) { l.section(".BTF").sh_offset = ~uint64_t{0}; }},
                    Lie{"section_name", [](Liar& l) { l.section(".BTF").sh_name = 0xffffff; }},
                    Lie{"compressed", [](Liar& l) { l.section(".BTF").sh_flags |= SHF_COMPRESSED; }},
                    Lie{"strings_not_terminated",
                        [](Liar& l) { *l.in<char>(".strtab", l.section(".strtab").sh_size - 1) = 'x'; }},
                    Lie{"symbol_entry_size", [](Liar& l) { l.section(".symtab").sh_entsize = 8; }},
                    Lie{"symbol_strings", [](Liar& l) { l.section(".symtab").sh_link = 500; }},
                    Lie{"symbol_name", [](Liar& l) { l.in<Elf64_Sym>(".symtab")[1].st_name = 1u << 30; }},
                    Lie{"symbol_section", [](Liar& l) { l.symbol_of_function().st_shndx = 4000; }},
                    Lie{"symbol_size_wraps", [](Liar& l) { l.symbol_of_function().st_size = ~uint64_t{7}; }},
                    Lie{"function_odd_size", [](Liar& l) { l.symbol_of_function().st_size = 12; }},
                    Lie{"function_empty", [](Liar& l) { l.symbol_of_function().st_size = 0; }},
                    Lie{"function_in_data", [](Liar& l) { l.symbol_of_function().st_shndx = 1; }},
                    Lie{"half_a_wide_load",
                        [](Liar& l) {
                          const auto& s = l.symbol_of_function();
                          *l.at<uint8_t>(l.section(s.st_shndx).sh_offset + s.st_value + s.st_size - 8) = 0x18;
                        }},
                    Lie{"relocation_outside",
                        [](Liar& l) {
                          l.in<Elf64_Rel>(".reltracepoint/syscalls/sys_enter_openat")->r_offset = 1u << 20;
                        }},
                    Lie{"relocation_symbol",
                        [](Liar& l) {
                          l.in<Elf64_Rel>(".reltracepoint/syscalls/sys_enter_openat")->r_info =
                              ELF64_R_INFO(9999, 1);
                        }},
                    Lie{"relocation_target", [](Liar& l) { l.section(".rel.BTF").sh_info = 777; }},
                    Lie{"btf_magic", [](Liar& l) { l.in<btf_header>(".BTF")->magic = 0; }},
                    Lie{"btf_header_length", [](Liar& l) { l.in<btf_header>(".BTF")->hdr_len = 1u << 31; }},
                    Lie{"btf_types_outside", [](Liar& l) { l.in<btf_header>(".BTF")->type_len += 1u << 20; }},
                    Lie{"btf_types_cut", [](Liar& l) { l.in<btf_header>(".BTF")->type_len -= 4; }},
                    Lie{"btf_strings_outside", [](Liar& l) { l.in<btf_header>(".BTF")->str_len += 4; }},
                    Lie{"btf_strings_cut", [](Liar& l) { l.in<btf_header>(".BTF")->str_len -= 2; }},
                    Lie{"btf_ext_magic", [](Liar& l) { *l.in<uint16_t>(".BTF.ext") = 1; }},
                    Lie{"btf_ext_table", [](Liar& l) { *l.in<uint32_t>(".BTF.ext", 12) = 1u << 30; }}),
    [](const auto& test) { return std::string(test.param.name); });

// BTF made by hand: a header, types and strings.
class BtfMaker {
 public:
  uint32_t string(const std::string& text) {
    const auto offset = static_cast<uint32_t>(strings_.size());
    strings_ += text;
    strings_ += '\0';
    return offset;
  }
  void word(uint32_t value) { types_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void type(uint32_t name, uint32_t kind, uint32_t vlen, uint32_t size_or_type, bool flag = false) {
    word(name);
    word((flag ? 1u << 31 : 0u) | kind << 24 | vlen);
    word(size_or_type);
  }
  void integer(const std::string& name, uint32_t bytes) {
    type(string(name), BTF_KIND_INT, 0, bytes);
    word(bytes * 8);
  }
  std::string check() const {
    btf_header header{};
    header.magic = BTF_MAGIC;
    header.version = BTF_VERSION;
    header.hdr_len = sizeof(header);
    header.type_len = static_cast<uint32_t>(types_.size());
    header.str_off = header.type_len;
    header.str_len = static_cast<uint32_t>(strings_.size());
    const std::string all(std::string(reinterpret_cast<const char*>(&header), sizeof(header)) + types_ +
                          strings_);
    auto result = check_btf(base::as_bytes(all));
    return result.ok() ? "fine" : result.error().text();
  }

 private:
  std::string types_;
  std::string strings_ = std::string(1, '\0');
};

TEST(BtfCheck, AcceptsAListOfItself) {
  BtfMaker btf;  // struct node { struct node *next; };
  btf.type(btf.string("node"), BTF_KIND_STRUCT, 1, 8);
  for (uint32_t word : {btf.string("next"), 2u, 0u}) btf.word(word);
  btf.type(0, BTF_KIND_PTR, 0, 1);
  EXPECT_EQ(btf.check(), "fine");
}

TEST(BtfCheck, RefusesTypesThatHoldThemselves) {
  BtfMaker by_value;  // struct node { struct node next; };
  by_value.type(by_value.string("node"), BTF_KIND_STRUCT, 1, 8);
  for (uint32_t word : {by_value.string("next"), 1u, 0u}) by_value.word(word);
  EXPECT_THAT(by_value.check(), HasSubstr("holds itself"));

  BtfMaker chain;
  chain.type(chain.string("a"), BTF_KIND_TYPEDEF, 0, 2);
  chain.type(0, BTF_KIND_CONST, 0, 3);
  chain.type(0, BTF_KIND_VOLATILE, 0, 1);
  EXPECT_THAT(chain.check(), HasSubstr("holds itself"));
}

TEST(BtfCheck, RefusesDeepNesting) {
  BtfMaker btf;
  btf.integer("int", 4);
  for (uint32_t id = 1; id < 400; id++) btf.type(0, BTF_KIND_CONST, 0, id);
  EXPECT_THAT(btf.check(), HasSubstr("nested too deeply"));
  BtfMaker other;  // the same, met from the outside in
  for (uint32_t id = 1; id < 400; id++) other.type(0, BTF_KIND_CONST, 0, id + 1);
  other.integer("int", 4);
  EXPECT_THAT(other.check(), HasSubstr("nested too deeply"));
}

TEST(BtfCheck, RefusesLies) {
  BtfMaker dangling;
  dangling.type(0, BTF_KIND_PTR, 0, 77);
  EXPECT_THAT(dangling.check(), HasSubstr("does not exist"));
  BtfMaker name;
  name.type(5000, BTF_KIND_INT, 0, 4);
  name.word(32);
  EXPECT_THAT(name.check(), HasSubstr("name is outside"));
  BtfMaker size;
  size.integer("odd", 3);
  EXPECT_THAT(size.check(), HasSubstr("strange size"));
  BtfMaker kind;
  kind.type(0, 25, 0, 4);
  EXPECT_THAT(kind.check(), HasSubstr("unknown kind"));
  BtfMaker members;
  members.type(0, BTF_KIND_STRUCT, 60000, 4);
  EXPECT_THAT(members.check(), HasSubstr("truncated"));
  BtfMaker section;
  section.integer("int", 4);
  section.type(section.string(".data"), BTF_KIND_DATASEC, 1, 4);
  for (uint32_t word : {1u, 0u, 4u}) section.word(word);
  EXPECT_THAT(section.check(), HasSubstr("not a variable"));
  BtfMaker tag;
  tag.integer("int", 4);
  tag.type(tag.string("tag"), BTF_KIND_DECL_TAG, 0, 1);
  tag.word(3);
  EXPECT_THAT(tag.check(), HasSubstr("tags a member"));
}

}  // namespace
}  // namespace gadgetry::bpf
