#include "sys/go_symbols.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gadgetry::sys {
namespace {

class Table {
 public:
  explicit Table(uint32_t magic, uint8_t pointer = 8) : pointer_(pointer) {
    half(magic);
    bytes_ += std::string("\0\0\1", 3);
    bytes_ += static_cast<char>(pointer);
  }
  void half(uint32_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void word(uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), pointer_); }
  void text(const std::string& value) { bytes_ += value; }
  size_t size() const { return bytes_.size(); }
  std::span<const uint8_t> span() const {
    return {reinterpret_cast<const uint8_t*>(bytes_.data()), bytes_.size()};
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
  uint8_t pointer_;
};

const std::string kNames("main.one\0main.(*T).two\0", 23);
constexpr uint32_t kSecondName = 9;
constexpr uint64_t kText = 0x401000;

// Two functions, at kText and kText + 0x20.
Table format_2(uint8_t pointer = 8) {
  Table table(0xfffffffb, pointer);
  table.word(2);
  uint64_t at = 8 + pointer;                    // of the list
  uint64_t first = at + uint64_t{5} * pointer;  // description
  uint64_t names = first + 2 * (uint64_t{pointer} + 4);
  table.word(kText);
  table.word(first);
  table.word(kText + 0x20);
  table.word(first + pointer + 4);
  table.word(kText + 0x40);
  table.word(kText);
  table.half(static_cast<uint32_t>(names));
  table.word(kText + 0x20);
  table.half(static_cast<uint32_t>(names) + kSecondName);
  table.text(kNames);
  return table;
}

Table format_16() {
  Table table(0xfffffffa);
  uint64_t names = 8 + 7 * 8;
  uint64_t list = names + kNames.size();
  for (uint64_t value : {uint64_t{2}, uint64_t{0}, names, uint64_t{0}, uint64_t{0}, uint64_t{0}, list})
    table.word(value);
  table.text(kNames);
  for (uint64_t value : {kText, uint64_t{40}, kText + 0x20, uint64_t{52}, kText + 0x40}) table.word(value);
  table.word(kText);
  table.half(0);
  table.word(kText + 0x20);
  table.half(kSecondName);
  return table;
}

Table format_18(uint32_t magic, uint64_t text) {
  Table table(magic);
  uint64_t names = 8 + 8 * 8;
  uint64_t list = names + kNames.size();
  for (uint64_t value :
       {uint64_t{2}, uint64_t{0}, text, names, uint64_t{0}, uint64_t{0}, uint64_t{0}, list}) {
    table.word(value);
  }
  table.text(kNames);
  for (uint32_t value : {0x0u, 20u, 0x20u, 28u, 0x40u}) table.half(value);
  for (uint32_t value : {0x0u, 0u, 0x20u, kSecondName}) table.half(value);
  return table;
}

std::vector<Table> all_formats() {
  std::vector<Table> out;
  out.push_back(format_2());
  out.push_back(format_2(4));
  out.push_back(format_16());
  out.push_back(format_18(0xfffffff0, kText));
  out.push_back(format_18(0xfffffff1, kText));
  return out;
}

TEST(GoSymbols, EveryFormatIsRead) {
  for (const Table& table : all_formats()) {
    auto symbols = GoSymbols::open(table.span(), 0);
    ASSERT_TRUE(symbols.ok()) << symbols.error().text();
    ASSERT_EQ(symbols->size(), 2u);
    EXPECT_EQ(symbols->at(0)->name, "main.one");
    EXPECT_EQ(symbols->at(0)->address, kText);
    auto found = symbols->find("main.(*T).two");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->address, kText + 0x20);
    EXPECT_TRUE(symbols->has(kText + 0x20));
    EXPECT_FALSE(symbols->has(kText + 0x21));
    EXPECT_FALSE(symbols->has(0));
    EXPECT_FALSE(symbols->find("main.three").has_value());
    EXPECT_FALSE(symbols->at(2).has_value());
  }
}

TEST(GoSymbols, TheLinkerMayKnowWhereTheCodeIs) {
  Table table = format_18(0xfffffff1, 0);
  auto symbols = GoSymbols::open(table.span(), kText);
  ASSERT_TRUE(symbols.ok());
  EXPECT_EQ(symbols->find("main.one")->address, kText);
  EXPECT_EQ(GoSymbols::text_field(table.span()), 8u + 2 * 8);
  EXPECT_FALSE(GoSymbols::text_field(format_18(0xfffffff1, kText).span()).has_value());
  EXPECT_FALSE(GoSymbols::text_field(format_16().span()).has_value());
}

void ask(std::span<const uint8_t> bytes) {
  auto symbols = GoSymbols::open(bytes, kText);
  if (!symbols.ok()) return;
  symbols->find("main.nothing");
  symbols->has(kText);
}

TEST(GoSymbols, LyingTablesAreHarmless) {
  for (Table& whole : all_formats()) {
    for (size_t size = 0; size < whole.size(); size++) ask(whole.span().subspan(0, size));
    for (size_t at = 0; at < whole.size(); at++) {
      for (char value : {'\xff', '\x7f', '\0'}) {
        Table changed = whole;
        changed.bytes()[at] = value;
        ask(changed.span());
      }
    }
  }
  EXPECT_FALSE(GoSymbols::open({}, 0).ok());
  Table many = format_18(0xfffffff1, kText);
  many.bytes()[8 + 3] = '\x7f';  // far more functions than there are bytes
  EXPECT_FALSE(GoSymbols::open(many.span(), 0).ok());
}

}  // namespace
}  // namespace gadgetry::sys
